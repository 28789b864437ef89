-- The age of what waits, at the cost of one look however much waits: since when a row is in its state, and for one that
-- goes to and fro since when it first was. See ops/waiting.ts, which has the same expression.
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (
  state, (CASE state WHEN 'pending' THEN created_at WHEN 'unknown' THEN unknown_since
                     WHEN 'parked' THEN parked_since ELSE state_since END)
) WHERE state <> 'sent';
CREATE INDEX turn_ready_since ON turn (sealed_at) WHERE state = 'ready';
