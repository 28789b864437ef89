-- How long what comes behind waits for this call's message to arrive, written down before the call: whoever settles it
-- when its process is gone, a sweep or a receipt, must know it. See ops/awaited.ts.
ALTER TABLE attempt ADD COLUMN await_delivered_ms BIGINT NOT NULL DEFAULT 0;

-- Until when the platform itself lends a token. A copy that isn't marked as sent again may be the network's: it is worth a
-- try, and on it no doubt may be settled. See ops/offered-token.ts.
ALTER TABLE reply_token ADD COLUMN lent_until BIGINT NOT NULL DEFAULT 0;
UPDATE reply_token SET lent_until = expires_at;
