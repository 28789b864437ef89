-- What a person has decided. A discarded row stays dead and waits for nobody.
ALTER TABLE turn ADD COLUMN discarded_at BIGINT;
ALTER TABLE delivery ADD COLUMN discarded_at BIGINT;
-- A person sent it on its way anew: attempts up to this number bind no later one.
ALTER TABLE delivery ADD COLUMN begun_anew_after BIGINT NOT NULL DEFAULT 0;
-- For a conversation's timeline. Messages that answer no turn are few.
CREATE INDEX delivery_beside_turns ON delivery (conversation_id, slot, created_at) WHERE turn_id IS NULL;
-- For retention.
CREATE INDEX delivery_discarded ON delivery (ended_at) WHERE turn_id IS NULL AND discarded_at IS NOT NULL;

-- Who did what. Under one action id an action is done once to each item.
CREATE TABLE operator_action (
  slot SMALLINT NOT NULL,
  item_id TEXT NOT NULL,
  action_id TEXT NOT NULL,
  item TEXT NOT NULL CHECK (item IN ('turn', 'delivery')),
  conversation_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('replay', 'discard', 'sent', 'resend')),
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (item_id, action_id, slot)
);
CREATE INDEX operator_action_by_age ON operator_action (at, item_id, action_id);
