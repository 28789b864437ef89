-- The age of what waits, at the cost of one look however much waits: since when a row is in its state, and for one that
-- goes to and fro since when it first was. See ops/waiting.ts, which has the same expression. A discarded row waits for nobody.
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (
  state, (CASE state WHEN 'pending' THEN created_at WHEN 'unknown' THEN unknown_since
                     WHEN 'parked' THEN parked_since ELSE state_since END)
) WHERE state <> 'sent' AND discarded_at IS NULL;
DROP INDEX turn_dead;
CREATE INDEX turn_dead ON turn (ended_at) WHERE state = 'dead' AND discarded_at IS NULL;
CREATE INDEX turn_ready_since ON turn (sealed_at) WHERE state = 'ready';
-- What waits for a person is listed by when it came into its state. A delivery on its usual way never touches it.
CREATE INDEX delivery_listed ON delivery (state, state_since, delivery_id)
  WHERE state IN ('dead', 'unknown', 'parked') AND discarded_at IS NULL;
