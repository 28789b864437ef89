-- A turn whose last free token was spent on a button; its answer waits for the tap. See core/slow-reply.ts.
CREATE TABLE slow_reply (
  turn_id TEXT PRIMARY KEY,
  -- In the button's postback data: drawn by chance, and shown to nobody else.
  ticket TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('offered', 'ready', 'told', 'failed')),
  offered_at INTEGER NOT NULL,
  -- A button whose answer never came is good until then.
  expires_at INTEGER NOT NULL,
  -- When the answer was there. It waits for the tap this long (ms) before it is paid for; NULL: for ever.
  ready_at INTEGER,
  push_after_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX slow_reply_ready ON slow_reply (conversation_id) WHERE state = 'ready';

-- Whose words these are: the agent's, or our own, with a button or without. Our own are never paid for.
ALTER TABLE delivery ADD COLUMN kind TEXT NOT NULL DEFAULT 'answer' CHECK (kind IN ('answer', 'button', 'notice'));
-- For retention: what hangs on a turn is deleted with it, this isn't.
CREATE INDEX delivery_without_turn ON delivery (ended_at) WHERE turn_id IS NULL AND state = 'sent';
