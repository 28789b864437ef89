-- What was taken under a number or a key that its sender chose. A repeat, whose first answer was lost on the way, is given
-- the same answer and changes nothing.
CREATE TABLE taken_once (
  -- The turn or the conversation that the key belongs to.
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  -- The fence under which a turn's reply was taken; 0 for a message without a turn.
  fence INTEGER NOT NULL,
  delivery_ids TEXT NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX taken_once_by_age ON taken_once (taken_at);

-- A message without a turn may be worth nothing after a time: then it is dead instead of late. NULL: it always goes out.
ALTER TABLE delivery ADD COLUMN deliver_by INTEGER;
