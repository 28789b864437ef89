import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

/*
 * The part of `purge` that deletes what was said and keeps that it was said. One look finds what is old; each turn, each
 * event and each delivery without one is dealt with in a transaction of its own.
 */

/** What finished long enough ago, is still readable, and waits for nothing and nobody. */
export interface Readable {
  readonly olderThan: number;
  readonly limit: number;
}

// What was sent long after its turn may still be reported as failed, and then waits again: it keeps its words as long.
const READABLE_TURNS = statement<Readable, { turn_id: string }>(`
  SELECT turn_id FROM turn AS t
  WHERE bodies_deleted = 0 AND ended_at < :olderThan AND (state <> 'dead' OR discarded_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM delivery AS d
                    WHERE d.turn_id = t.turn_id AND d.discarded_at IS NULL
                      AND (d.state <> 'sent' OR d.ended_at >= :olderThan))
  ORDER BY ended_at LIMIT :limit`);

const READABLE_EVENTS = statement<Readable, { event_id: string }>(`
  SELECT event_id FROM event WHERE turn_id IS NULL AND bodies_deleted = 0 AND received_at < :olderThan
  ORDER BY received_at LIMIT :limit`);

const READABLE_DELIVERIES = statement<Readable, { delivery_id: string }>(`
  SELECT delivery_id FROM delivery
  WHERE turn_id IS NULL AND state = 'sent' AND bodies_deleted = 0 AND ended_at < :olderThan
  ORDER BY ended_at LIMIT :limit`);

const IS_STILL_OVER = statement<{ turnId: string }, object>(`
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

const MARK_TURN = statement<{ turnId: string }>("UPDATE turn SET bodies_deleted = 1 WHERE turn_id = :turnId");

const BLANK_EVENT = statement<{ eventId: string }>(`
  UPDATE event SET content = '{}', raw = '', sender_name = NULL, bodies_deleted = 1 WHERE event_id = :eventId`);

const BLANK_DELIVERY = statement<{ deliveryId: string }>(
  "UPDATE delivery SET messages = '[]', bodies_deleted = 1 WHERE delivery_id = :deliveryId",
);

const BLANK_ATTEMPTS = statement<{ deliveryId: string }>(
  "UPDATE attempt SET body = '', response = NULL WHERE delivery_id = :deliveryId",
);

/** What is old, looked for everywhere. */
export async function find(tx: Transaction, { olderThan, limit }: Readable) {
  const old = { olderThan, limit };
  return {
    turnIds: (await tx.all(READABLE_TURNS, old)).map((row) => row.turn_id),
    eventIds: (await tx.all(READABLE_EVENTS, old)).map((row) => row.event_id),
    deliveryIds: (await tx.all(READABLE_DELIVERIES, old)).map((row) => row.delivery_id),
  };
}

export async function ofTurn(tx: Transaction, turnId: string): Promise<void> {
  // Somebody else was faster, or it is at work again.
  if ((await tx.get(IS_STILL_OVER, { turnId })) === undefined) return;
  for (const { event_id: eventId } of await tx.all(EVENTS_OF_TURN, { turnId })) await ofEvent(tx, eventId);
  for (const { delivery_id: deliveryId } of await tx.all(DELIVERIES_OF_TURN, { turnId })) await blank(tx, deliveryId);
  await tx.run(MARK_TURN, { turnId });
}

/** Takes the words out of the row, and leaves the row. */
export async function ofEvent(tx: Transaction, eventId: string): Promise<void> {
  await tx.run(BLANK_EVENT, { eventId });
}

/** Of a message without a turn. A receipt may have brought it back to work meanwhile. */
export async function ofDelivery(tx: Transaction, deliveryId: string): Promise<void> {
  if ((await tx.get(IS_STILL_SENT, { deliveryId })) !== undefined) await blank(tx, deliveryId);
}

async function blank(tx: Transaction, deliveryId: string): Promise<void> {
  await tx.run(BLANK_DELIVERY, { deliveryId });
  await tx.run(BLANK_ATTEMPTS, { deliveryId });
}
