import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

/** What finished long enough ago, is still readable, and waits for nothing and nobody. */
export interface Readable {
  readonly olderThan: number;
  readonly limit: number;
}

/**
 * The part of `purge` that deletes what was said and keeps that it was said. One look finds what is old; each turn, each
 * event and each delivery without one is dealt with in a transaction of its own.
 */
export function preparePurgeBodies(context: Context) {
  const { db } = context;
  const isStillOver = db.prepare<Key>(`
    SELECT 1 FROM turn AS t WHERE slot = $1 AND turn_id = $2 AND ended_at IS NOT NULL
      AND (state <> 'dead' OR discarded_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM delivery AS d
                      WHERE d.slot = $1 AND d.turn_id = t.turn_id AND d.state <> 'sent' AND d.discarded_at IS NULL)`);
  const isStillSent = db.prepare<Key>(
    "SELECT 1 FROM delivery WHERE slot = $1 AND delivery_id = $2 AND turn_id IS NULL AND state = 'sent'",
  );
  const eventsOfTurn = db.prepare<Key, { event_id: string }>(
    "SELECT event_id FROM event WHERE slot = $1 AND turn_id = $2",
  );
  const deliveriesOfTurn = db.prepare<Key, { delivery_id: string }>(
    "SELECT delivery_id FROM delivery WHERE slot = $1 AND turn_id = $2",
  );
  const markTurn = db.prepare<Key>("UPDATE turn SET bodies_deleted = 1 WHERE slot = $1 AND turn_id = $2");
  const blank = prepareBlank(context);

  return {
    find: prepareFind(context),
    async ofTurn(turnId: string): Promise<void> {
      const key = keyOf(turnId);
      // Somebody else was faster, or it is at work again.
      if ((await isStillOver.get(...key)) === undefined) return;
      for (const { event_id: eventId } of await eventsOfTurn.all(...key)) await blank.event(eventId);
      for (const { delivery_id: deliveryId } of await deliveriesOfTurn.all(...key)) await blank.delivery(deliveryId);
      await markTurn.run(...key);
    },
    ofEvent: blank.event,
    async ofDelivery(deliveryId: string): Promise<void> {
      if ((await isStillSent.get(...keyOf(deliveryId))) !== undefined) await blank.delivery(deliveryId);
    },
  };
}

/** What is old, looked for everywhere. */
function prepareFind({ db }: Context) {
  // What was sent long after its turn may still be reported as failed, and then waits again: it keeps its words as long.
  const turns = db.prepare<[number, number], { turn_id: string }>(`
    SELECT turn_id FROM turn AS t
    WHERE bodies_deleted = 0 AND ended_at < $1 AND (state <> 'dead' OR discarded_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM delivery AS d
                      WHERE d.slot = t.slot AND d.turn_id = t.turn_id AND d.discarded_at IS NULL
                        AND (d.state <> 'sent' OR d.ended_at >= $1))
    ORDER BY ended_at LIMIT $2`);
  const events = db.prepare<[number, number], { event_id: string }>(`
    SELECT event_id FROM event WHERE turn_id IS NULL AND bodies_deleted = 0 AND received_at < $1
    ORDER BY received_at LIMIT $2`);
  const deliveries = db.prepare<[number, number], { delivery_id: string }>(`
    SELECT delivery_id FROM delivery WHERE turn_id IS NULL AND state = 'sent' AND bodies_deleted = 0 AND ended_at < $1
    ORDER BY ended_at LIMIT $2`);

  return async function find({ olderThan, limit }: Readable) {
    return {
      turnIds: (await turns.all(olderThan, limit)).map((row) => row.turn_id),
      eventIds: (await events.all(olderThan, limit)).map((row) => row.event_id),
      deliveryIds: (await deliveries.all(olderThan, limit)).map((row) => row.delivery_id),
    };
  };
}

/** Takes the words out of one row, and leaves the row. */
export function prepareBlank({ db }: Pick<Context, "db">) {
  const event = db.prepare<Key>(`
    UPDATE event SET content = '{}', raw = '', sender_name = NULL, bodies_deleted = 1 WHERE slot = $1 AND event_id = $2`);
  const delivery = db.prepare<Key>(
    "UPDATE delivery SET messages = '[]', bodies_deleted = 1 WHERE slot = $1 AND delivery_id = $2",
  );
  const attempts = db.prepare<Key>(
    "UPDATE attempt SET body = '', response = NULL WHERE slot = $1 AND delivery_id = $2",
  );
  return {
    event: async (eventId: string): Promise<void> => void (await event.run(...keyOf(eventId))),
    async delivery(deliveryId: string): Promise<void> {
      await delivery.run(...keyOf(deliveryId));
      await attempts.run(...keyOf(deliveryId));
    },
  };
}
