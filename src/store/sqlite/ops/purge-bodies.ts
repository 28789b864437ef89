import type { Context } from "./context.ts";

/** What finished long enough ago, is still readable, and waits for nothing and nobody. */
export interface Readable {
  readonly olderThan: number;
  readonly limit: number;
}

/**
 * The part of `purge` that deletes what was said and keeps that it was said. Sets of turns, of events without one and of
 * deliveries without one; how many there were.
 */
export function preparePurgeBodies(context: Context) {
  const { db } = context;
  // What was sent long after its turn may still be reported as failed, and then waits again: it keeps its words as long.
  const readableTurns = db.prepare<[Readable], { turn_id: string }>(`
    SELECT turn_id FROM turn AS t
    WHERE bodies_deleted = 0 AND ended_at < :olderThan AND (state <> 'dead' OR discarded_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM delivery AS d
                      WHERE d.turn_id = t.turn_id AND d.discarded_at IS NULL
                        AND (d.state <> 'sent' OR d.ended_at >= :olderThan))
    ORDER BY ended_at LIMIT :limit`);
  const readableEvents = db.prepare<[number, number], { event_id: string }>(`
    SELECT event_id FROM event WHERE turn_id IS NULL AND bodies_deleted = 0 AND received_at < ?
    ORDER BY received_at LIMIT ?`);
  const readableDeliveries = db.prepare<[number, number], { delivery_id: string }>(`
    SELECT delivery_id FROM delivery WHERE turn_id IS NULL AND state = 'sent' AND bodies_deleted = 0 AND ended_at < ?
    ORDER BY ended_at LIMIT ?`);
  const eventsOfTurn = db.prepare<[string], { event_id: string }>("SELECT event_id FROM event WHERE turn_id = ?");
  const deliveriesOfTurn = db.prepare<[string], { delivery_id: string }>(
    "SELECT delivery_id FROM delivery WHERE turn_id = ?",
  );
  const markTurn = db.prepare<[string]>("UPDATE turn SET bodies_deleted = 1 WHERE turn_id = ?");
  const blank = prepareBlank(context);

  return function purgeBodies({ olderThan, limit }: Readable): number {
    const turns = readableTurns.all({ olderThan, limit });
    for (const { turn_id: turnId } of turns) {
      for (const { event_id: eventId } of eventsOfTurn.all(turnId)) blank.event(eventId);
      for (const { delivery_id: deliveryId } of deliveriesOfTurn.all(turnId)) blank.delivery(deliveryId);
      markTurn.run(turnId);
    }
    const events = readableEvents.all(olderThan, limit);
    for (const { event_id: eventId } of events) blank.event(eventId);
    const deliveries = readableDeliveries.all(olderThan, limit);
    for (const { delivery_id: deliveryId } of deliveries) blank.delivery(deliveryId);
    return turns.length + events.length + deliveries.length;
  };
}

/** Takes the words out of one row, and leaves the row. */
export function prepareBlank({ db }: Pick<Context, "db">) {
  const event = db.prepare<[string]>(
    "UPDATE event SET content = '{}', raw = '', sender_name = NULL, bodies_deleted = 1 WHERE event_id = ?",
  );
  const delivery = db.prepare<[string]>(
    "UPDATE delivery SET messages = '[]', bodies_deleted = 1 WHERE delivery_id = ?",
  );
  const attempts = db.prepare<[string]>("UPDATE attempt SET body = '', response = NULL WHERE delivery_id = ?");
  return {
    event: (eventId: string) => void event.run(eventId),
    delivery(deliveryId: string): void {
      delivery.run(deliveryId);
      attempts.run(deliveryId);
    },
  };
}
