-- How long what comes behind waits for this call's message to arrive, written down before the call: whoever settles it
-- when its process is gone, a sweep or a receipt, must know it. See ops/awaited.ts.
ALTER TABLE attempt ADD COLUMN await_delivered_ms BIGINT NOT NULL DEFAULT 0;
