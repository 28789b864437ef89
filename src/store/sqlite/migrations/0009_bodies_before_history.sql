-- Retention in two steps: what people and the bot said goes first, and that they spoke, to whom and when, stays longer.

-- 1: the words, the payload and the name are deleted.
ALTER TABLE event ADD COLUMN bodies_deleted INTEGER NOT NULL DEFAULT 0 CHECK (bodies_deleted IN (0, 1));
-- 1: those of all its events and deliveries.
ALTER TABLE turn ADD COLUMN bodies_deleted INTEGER NOT NULL DEFAULT 0 CHECK (bodies_deleted IN (0, 1));
-- 1: the messages and the recorded calls are deleted.
ALTER TABLE delivery ADD COLUMN bodies_deleted INTEGER NOT NULL DEFAULT 0 CHECK (bodies_deleted IN (0, 1));

-- One index answers both steps, so that no message writes a page more than before.
DROP INDEX event_without_turn;
CREATE INDEX event_without_turn ON event (bodies_deleted, received_at) WHERE turn_id IS NULL;
DROP INDEX turn_ended;
CREATE INDEX turn_ended ON turn (bodies_deleted, ended_at) WHERE ended_at IS NOT NULL;
DROP INDEX delivery_without_turn;
CREATE INDEX delivery_without_turn ON delivery (bodies_deleted, ended_at) WHERE turn_id IS NULL AND state = 'sent';
