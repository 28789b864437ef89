-- Platforms without a retry key: what their receipts settle, and the time for which they let us write.

-- Whether an account's receipts are known to flow is measured: of the calls that a platform accepts, one at a time is
-- watched until its receipt comes.
ALTER TABLE account ADD COLUMN receipt_run INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN receipt_last_at INTEGER;
ALTER TABLE account ADD COLUMN receipt_watched_id TEXT;
ALTER TABLE account ADD COLUMN receipt_watched_at INTEGER;

-- Until when the platform lets us write to this person; NULL where it sets no such end, or before their first word.
ALTER TABLE conversation ADD COLUMN window_ends_at INTEGER;
-- A person of ours has answered by hand: until then the bot says nothing.
ALTER TABLE conversation ADD COLUMN paused_until INTEGER;

-- Why a message that may have been accepted went out once more.
ALTER TABLE delivery ADD COLUMN resent_because TEXT;
-- These platforms take one message a call, so the list has one id, and the list is as good as the id.
CREATE INDEX delivery_of_message ON delivery (platform_message_ids)
  WHERE platform_message_ids IS NOT NULL AND route IN ('session', 'template');
-- What a mark that says "everything until then" is about, newest last.
CREATE INDEX delivery_sent_in_session ON delivery (conversation_id, seq)
  WHERE state = 'sent' AND route IN ('session', 'template');

-- A new word in a CHECK asks for a new table.
ALTER TABLE attempt RENAME TO attempt_before;
CREATE TABLE attempt (
  delivery_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  route TEXT NOT NULL CHECK (route IN ('reply', 'push', 'session', 'template')),
  token TEXT,
  retry_key TEXT,
  -- The exact request, recorded before the call is made. A repeat sends these bytes.
  path TEXT NOT NULL,
  body TEXT NOT NULL,
  owner TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  -- NULL while the call is on its way.
  outcome TEXT CHECK (outcome IN
    ('sent', 'retry', 'rate-limited', 'token-invalid', 'unknown', 'quota-exhausted', 'window-closed', 'account-stopped',
     'refused')),
  reason TEXT,
  status INTEGER,
  response TEXT,
  request_id TEXT,
  accepted_request_id TEXT,
  -- 1: nobody came back to say how it ended. If somebody does, before another attempt is made, that word counts.
  no_word INTEGER NOT NULL DEFAULT 0 CHECK (no_word IN (0, 1)),
  PRIMARY KEY (delivery_id, attempt)
) STRICT, WITHOUT ROWID;
INSERT INTO attempt (delivery_id, attempt, route, token, retry_key, path, body, owner, started_at, ended_at, outcome,
                     reason, status, response, request_id, accepted_request_id, no_word)
  SELECT delivery_id, attempt, route, token, retry_key, path, body, owner, started_at, ended_at, outcome,
         reason, status, response, request_id, accepted_request_id, no_word FROM attempt_before;
DROP TABLE attempt_before;
