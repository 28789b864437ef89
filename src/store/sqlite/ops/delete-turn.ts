import type { Context } from "./context.ts";

interface EventRow {
  event_id: string;
  dedup_keys: string;
  channel: string;
  account: string;
}

/** Deletes rows with all that hangs on them. The keys of an event stay, marked: a late copy is known for what it is. */
export function prepareDelete({ db }: Pick<Context, "db">) {
  const eventsOfTurn = db.prepare<[string], { event_id: string }>("SELECT event_id FROM event WHERE turn_id = ?");
  const keysOfEvent = db.prepare<[string], EventRow>(`
    SELECT e.event_id, e.dedup_keys, c.channel, c.account
    FROM event AS e JOIN conversation AS c USING (conversation_id) WHERE e.event_id = ?`);
  const markPurged = db.prepare<[number, string, string, string]>(
    "UPDATE dedup_key SET purged_at = ? WHERE channel = ? AND account = ? AND key = ?",
  );
  const deleteToken = db.prepare<[string]>("DELETE FROM reply_token WHERE event_id = ?");
  const deleteEvent = db.prepare<[string]>("DELETE FROM event WHERE event_id = ?");
  const deliveriesOfTurn = db.prepare<[string], { delivery_id: string }>(
    "SELECT delivery_id FROM delivery WHERE turn_id = ?",
  );
  const deleteOfDelivery = ["attempt", "receipt", "delivery"].map((table) =>
    db.prepare<[string]>(`DELETE FROM ${table} WHERE delivery_id = ?`),
  );
  const deleteTicket = db.prepare<[string]>("DELETE FROM slow_reply WHERE turn_id = ?");
  const deleteTurn = db.prepare<[string]>("DELETE FROM turn WHERE turn_id = ?");

  function event(eventId: string, now: number): void {
    const row = keysOfEvent.get(eventId);
    if (row !== undefined) {
      for (const key of JSON.parse(row.dedup_keys) as string[]) markPurged.run(now, row.channel, row.account, key);
    }
    deleteToken.run(eventId);
    deleteEvent.run(eventId);
  }

  function delivery(deliveryId: string): void {
    for (const remove of deleteOfDelivery) remove.run(deliveryId);
  }

  return {
    event,
    delivery,
    /** How many events and deliveries went with it. */
    turn(turnId: string, now: number): { events: number; deliveries: number } {
      const events = eventsOfTurn.all(turnId);
      for (const { event_id: eventId } of events) event(eventId, now);
      const deliveries = deliveriesOfTurn.all(turnId);
      for (const { delivery_id: deliveryId } of deliveries) delivery(deliveryId);
      deleteTicket.run(turnId);
      deleteTurn.run(turnId);
      return { events: events.length, deliveries: deliveries.length };
    },
  };
}
