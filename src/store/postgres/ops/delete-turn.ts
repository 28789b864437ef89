import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

interface EventRow {
  event_id: string;
  dedup_keys: string;
  channel: string;
  account: string;
}

/** Deletes rows with all that hangs on them. The keys of an event stay, marked: a late copy is known for what it is. */
export function prepareDelete({ db, clock }: Context) {
  const eventsOfTurn = db.prepare<Key, { event_id: string }>(
    "SELECT event_id FROM event WHERE slot = $1 AND turn_id = $2",
  );
  const keysOfEvent = db.prepare<Key, EventRow>(`
    SELECT e.event_id, e.dedup_keys, c.channel, c.account
    FROM event AS e JOIN conversation AS c USING (slot, conversation_id) WHERE e.slot = $1 AND e.event_id = $2`);
  const markPurged = db.prepare<[string, string, readonly string[], number]>(
    "UPDATE dedup_key SET purged_at = $4 WHERE channel = $1 AND account = $2 AND key = ANY ($3::text[])",
  );
  const deleteToken = db.prepare<Key>("DELETE FROM reply_token WHERE slot = $1 AND event_id = $2");
  const deleteEvent = db.prepare<Key>("DELETE FROM event WHERE slot = $1 AND event_id = $2");
  const deliveriesOfTurn = db.prepare<Key, { delivery_id: string }>(
    "SELECT delivery_id FROM delivery WHERE slot = $1 AND turn_id = $2",
  );
  const deleteOfDelivery = ["attempt", "receipt", "delivery"].map((table) =>
    db.prepare<Key>(`DELETE FROM ${table} WHERE slot = $1 AND delivery_id = $2`),
  );
  const deleteTicket = db.prepare<Key>("DELETE FROM slow_reply WHERE slot = $1 AND turn_id = $2");
  const deleteTurn = db.prepare<Key>("DELETE FROM turn WHERE slot = $1 AND turn_id = $2");

  async function event(eventId: string): Promise<void> {
    const row = await keysOfEvent.get(...keyOf(eventId));
    if (row !== undefined) {
      await markPurged.run(row.channel, row.account, JSON.parse(row.dedup_keys) as string[], clock.now());
    }
    await deleteToken.run(...keyOf(eventId));
    await deleteEvent.run(...keyOf(eventId));
  }

  async function delivery(deliveryId: string): Promise<void> {
    for (const remove of deleteOfDelivery) await remove.run(...keyOf(deliveryId));
  }

  return {
    event,
    delivery,
    /** How many events and deliveries went with it. */
    async turn(turnId: string): Promise<{ events: number; deliveries: number }> {
      const events = await eventsOfTurn.all(...keyOf(turnId));
      for (const { event_id: eventId } of events) await event(eventId);
      const deliveries = await deliveriesOfTurn.all(...keyOf(turnId));
      for (const { delivery_id: deliveryId } of deliveries) await delivery(deliveryId);
      await deleteTicket.run(...keyOf(turnId));
      await deleteTurn.run(...keyOf(turnId));
      return { events: events.length, deliveries: deliveries.length };
    },
  };
}
