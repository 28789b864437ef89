-- The names of people on a platform where names change: whoever is known by one of them keeps the conversation.
CREATE TABLE peer_name (
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  -- 1: it may be somebody else's one day, as a phone number.
  is_lent INTEGER NOT NULL CHECK (is_lent IN (0, 1)),
  -- Since when (by the platform's clock) the person is written to under it; NULL: never yet. The newest is the address.
  address_since INTEGER,
  PRIMARY KEY (channel, account, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX peer_name_of_conversation ON peer_name (conversation_id, address_since);
