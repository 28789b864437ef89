-- Where a platform doesn't keep the order of messages sent at once: until then what comes behind this one waits for the
-- word that it arrived. NULL: nothing waits for it.
ALTER TABLE delivery ADD COLUMN awaited_until INTEGER;
CREATE INDEX delivery_awaited ON delivery (conversation_id, awaited_until) WHERE awaited_until IS NOT NULL;
CREATE INDEX delivery_awaited_until ON delivery (awaited_until) WHERE awaited_until IS NOT NULL;
