import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

/*
 * Part of `purge`: deletes message content and keeps metadata. A read finds old rows; each turn, and each event and delivery
 * without one, is blanked in its own transaction.
 */

/** Rows that are final for long enough and still have their content. */
export interface OldContent {
  readonly olderThan: number;
  readonly limit: number;
}

// A delivery sent long after its turn may still get a failure receipt and be tried again: it keeps its content until then.
const OLD_TURNS = statement<OldContent, { turn_id: string }>(`
  SELECT turn_id FROM turn AS t
  WHERE content_deleted = 0 AND ended_at < :olderThan AND (state <> 'dead' OR discarded_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM delivery AS d
                    WHERE d.turn_id = t.turn_id AND d.discarded_at IS NULL
                      AND (d.state <> 'sent' OR d.ended_at >= :olderThan))
  ORDER BY ended_at LIMIT :limit`);

const OLD_EVENTS = statement<OldContent, { event_id: string }>(`
  SELECT event_id FROM event WHERE turn_id IS NULL AND content_deleted = 0 AND received_at < :olderThan
  ORDER BY received_at LIMIT :limit`);

const OLD_DELIVERIES = statement<OldContent, { delivery_id: string }>(`
  SELECT delivery_id FROM delivery
  WHERE turn_id IS NULL AND state = 'sent' AND content_deleted = 0 AND ended_at < :olderThan
  ORDER BY ended_at LIMIT :limit`);

const IS_FINISHED = statement<{ turnId: string }, object>(`
  SELECT 1 FROM turn AS t WHERE turn_id = :turnId AND ended_at IS NOT NULL
    AND (state <> 'dead' OR discarded_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM delivery AS d
                    WHERE d.turn_id = t.turn_id AND d.state <> 'sent' AND d.discarded_at IS NULL)`);

const IS_STILL_SENT = statement<{ deliveryId: string }, object>(
  "SELECT 1 FROM delivery WHERE delivery_id = :deliveryId AND turn_id IS NULL AND state = 'sent'",
);

const EVENTS_OF_TURN = statement<{ turnId: string }, { event_id: string }>(
  "SELECT event_id FROM event WHERE turn_id = :turnId",
);

const DELIVERIES_OF_TURN = statement<{ turnId: string }, { delivery_id: string }>(
  "SELECT delivery_id FROM delivery WHERE turn_id = :turnId",
);

const MARK_TURN = statement<{ turnId: string }>("UPDATE turn SET content_deleted = 1 WHERE turn_id = :turnId");

const BLANK_EVENT = statement<{ eventId: string }>(`
  UPDATE event SET content = '{}', raw = '', sender_name = NULL, content_deleted = 1 WHERE event_id = :eventId`);

const BLANK_DELIVERY = statement<{ deliveryId: string }>(
  "UPDATE delivery SET messages = '[]', content_deleted = 1 WHERE delivery_id = :deliveryId",
);

const BLANK_ATTEMPTS = statement<{ deliveryId: string }>(
  "UPDATE attempt SET body = '', response = NULL WHERE delivery_id = :deliveryId",
);

/** Old rows of all conversations. */
export async function findOldContent(tx: Transaction, { olderThan, limit }: OldContent) {
  const old = { olderThan, limit };
  return {
    turnIds: (await tx.all(OLD_TURNS, old)).map((row) => row.turn_id),
    eventIds: (await tx.all(OLD_EVENTS, old)).map((row) => row.event_id),
    deliveryIds: (await tx.all(OLD_DELIVERIES, old)).map((row) => row.delivery_id),
  };
}

/** Whether the turn has ended and nothing of it waits for a platform or an operator. */
export async function isTurnFinished(tx: Transaction, turnId: string): Promise<boolean> {
  return (await tx.get(IS_FINISHED, { turnId })) !== undefined;
}

export async function blankTurn(tx: Transaction, turnId: string): Promise<void> {
  // Another process was faster, or it is in progress again.
  if (!(await isTurnFinished(tx, turnId))) return;
  for (const { event_id: eventId } of await tx.all(EVENTS_OF_TURN, { turnId })) await blankEvent(tx, eventId);
  for (const { delivery_id: deliveryId } of await tx.all(DELIVERIES_OF_TURN, { turnId }))
    await blankMessages(tx, deliveryId);
  await tx.run(MARK_TURN, { turnId });
}

/** Blanks the event's content. */
export async function blankEvent(tx: Transaction, eventId: string): Promise<void> {
  await tx.run(BLANK_EVENT, { eventId });
}

/** Of a proactive message. A receipt may have made it pending again meanwhile. */
export async function blankDelivery(tx: Transaction, deliveryId: string): Promise<void> {
  if ((await tx.get(IS_STILL_SENT, { deliveryId })) !== undefined) await blankMessages(tx, deliveryId);
}

async function blankMessages(tx: Transaction, deliveryId: string): Promise<void> {
  await tx.run(BLANK_DELIVERY, { deliveryId });
  await tx.run(BLANK_ATTEMPTS, { deliveryId });
}
