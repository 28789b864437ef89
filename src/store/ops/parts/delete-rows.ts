import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { deleteSentMessages } from "./sent-messages.ts";

interface EventRow {
  dedup_keys: string;
  channel: string;
  account: string;
}

const EVENTS_OF_TURN = statement<{ turnId: string }, { event_id: string }>(
  "SELECT event_id FROM event WHERE turn_id = :turnId",
);

const KEYS_OF_EVENT = statement<{ eventId: string }, EventRow>(`
  SELECT e.dedup_keys, c.channel, c.account
  FROM event AS e JOIN conversation AS c USING (conversation_id) WHERE e.event_id = :eventId`);

const MARK_PURGED = statement<{
  now: number;
  channel: string;
  account: string;
  keys: readonly string[];
  eventId: string;
}>(
  ({ isIn }) => `
  UPDATE dedup_key SET purged_at = :now
  WHERE channel = :channel AND account = :account AND ${isIn("key", ":keys")} AND event_id = :eventId`,
);

const DELETE_TOKEN = statement<{ eventId: string }>("DELETE FROM reply_token WHERE event_id = :eventId");

const DELETE_EVENT = statement<{ eventId: string }>("DELETE FROM event WHERE event_id = :eventId");

const DELIVERIES_OF_TURN = statement<{ turnId: string }, { delivery_id: string }>(
  "SELECT delivery_id FROM delivery WHERE turn_id = :turnId",
);

const DELETE_OF_DELIVERY = ["attempt", "receipt", "delivery"].map((table) =>
  statement<{ deliveryId: string }>(`DELETE FROM ${table} WHERE delivery_id = :deliveryId`),
);

const DELETE_SLOW_REPLY = statement<{ turnId: string }>("DELETE FROM slow_reply WHERE turn_id = :turnId");

const DELETE_TURN = statement<{ turnId: string }>("DELETE FROM turn WHERE turn_id = :turnId");

/**
 * Deletes the turn with its events and deliveries; resolves to how many. The events' dedup keys stay, marked as purged, so
 * that a late copy is a duplicate.
 */
export async function deleteTurn(tx: Transaction, turnId: string): Promise<{ events: number; deliveries: number }> {
  const events = await tx.all(EVENTS_OF_TURN, { turnId });
  for (const { event_id: eventId } of events) await deleteEvent(tx, eventId);
  const deliveries = await tx.all(DELIVERIES_OF_TURN, { turnId });
  for (const { delivery_id: deliveryId } of deliveries) await deleteDelivery(tx, deliveryId);
  await tx.run(DELETE_SLOW_REPLY, { turnId });
  await tx.run(DELETE_TURN, { turnId });
  return { events: events.length, deliveries: deliveries.length };
}

/** Deletes the event with its reply token. Its dedup keys stay, marked as purged. */
export async function deleteEvent(tx: Transaction, eventId: string): Promise<void> {
  const row = await tx.get(KEYS_OF_EVENT, { eventId });
  if (row !== undefined) {
    const { channel, account, dedup_keys: keys } = row;
    await tx.run(MARK_PURGED, { now: tx.now(), channel, account, keys: JSON.parse(keys) as string[], eventId });
  }
  await tx.run(DELETE_TOKEN, { eventId });
  await tx.run(DELETE_EVENT, { eventId });
}

/** Deletes the delivery with its attempts, its receipts and the ids of its messages. */
export async function deleteDelivery(tx: Transaction, deliveryId: string): Promise<void> {
  await deleteSentMessages(tx, deliveryId);
  for (const remove of DELETE_OF_DELIVERY) await tx.run(remove, { deliveryId });
}
