import type { Purged, Retention } from "../../store.ts";
import type { Context } from "./context.ts";

interface KeyRow {
  channel: string;
  account: string;
  key: string;
  created_at: number;
}

interface EventRow {
  event_id: string;
  dedup_keys: string;
  channel: string;
  account: string;
}

/** A small batch at a time, so that no webhook waits for it. What waits for something or somebody is never deleted. */
export function preparePurge(context: Context) {
  const { db, clock } = context;
  const oldTurns = db.prepare<[number, number], { turn_id: string }>(`
    SELECT turn_id FROM turn AS t
    WHERE ended_at < ? AND (state <> 'dead' OR discarded_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM delivery AS d
                      WHERE d.turn_id = t.turn_id AND d.state <> 'sent' AND d.discarded_at IS NULL)
    ORDER BY ended_at LIMIT ?`);
  const looseEvents = db.prepare<[number, number], { event_id: string }>(
    "SELECT event_id FROM event WHERE turn_id IS NULL AND received_at < ? ORDER BY received_at LIMIT ?",
  );
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
  const looseDeliveries = prepareLooseDeliveries(context);
  const purgeNotes = preparePurgeNotes(context);
  const purgeKeys = preparePurgeKeys(context);

  function purgeEvent(eventId: string, now: number): void {
    const event = keysOfEvent.get(eventId);
    if (event !== undefined) {
      for (const key of JSON.parse(event.dedup_keys) as string[]) {
        markPurged.run(now, event.channel, event.account, key);
      }
    }
    deleteToken.run(eventId);
    deleteEvent.run(eventId);
  }

  function purgeDelivery(deliveryId: string): void {
    for (const remove of deleteOfDelivery) remove.run(deliveryId);
  }

  function purgeTurn(turnId: string, now: number): number {
    const events = eventsOfTurn.all(turnId);
    for (const event of events) purgeEvent(event.event_id, now);
    for (const { delivery_id: deliveryId } of deliveriesOfTurn.all(turnId)) purgeDelivery(deliveryId);
    deleteTicket.run(turnId);
    deleteTurn.run(turnId);
    return events.length;
  }

  return function purge({ historyMs, dedupMs, limit }: Retention): Purged {
    const now = clock.now();
    const turns = oldTurns.all(now - historyMs, limit);
    const loose = looseEvents.all(now - historyMs, limit);
    for (const { event_id: eventId } of loose) purgeEvent(eventId, now);
    for (const deliveryId of looseDeliveries(now - historyMs, limit)) purgeDelivery(deliveryId);
    purgeNotes(now - historyMs, limit);
    const events = turns.reduce((count, { turn_id: turnId }) => count + purgeTurn(turnId, now), loose.length);
    return { turns: turns.length, events, keys: purgeKeys(now - dedupMs, limit) };
  };
}

/** Of no turn, and done with. */
function prepareLooseDeliveries({ db }: Context) {
  const sent = db.prepare<[number, number], { delivery_id: string }>(`
    SELECT delivery_id FROM delivery WHERE turn_id IS NULL AND state = 'sent' AND ended_at < ? ORDER BY ended_at LIMIT ?`);
  const discarded = db.prepare<[number, number], { delivery_id: string }>(`
    SELECT delivery_id FROM delivery WHERE turn_id IS NULL AND discarded_at IS NOT NULL AND ended_at < ?
    ORDER BY ended_at LIMIT ?`);

  return (olderThan: number, limit: number): string[] =>
    [...sent.all(olderThan, limit), ...discarded.all(olderThan, limit)].map((row) => row.delivery_id);
}

/** What was taken under a key, and what a person did. */
function preparePurgeNotes({ db }: Context) {
  const deleteActions = db.prepare<[number, number]>(`
    DELETE FROM operator_action WHERE (item_id, action_id) IN
      (SELECT item_id, action_id FROM operator_action WHERE at < ? ORDER BY at LIMIT ?)`);
  const deleteTaken = db.prepare<[number, number]>(`
    DELETE FROM taken_once WHERE (scope, key) IN
      (SELECT scope, key FROM taken_once WHERE taken_at < ? ORDER BY taken_at LIMIT ?)`);

  return function purgeNotes(olderThan: number, limit: number): void {
    deleteTaken.run(olderThan, limit);
    deleteActions.run(olderThan, limit);
  };
}

function preparePurgeKeys({ db }: Context) {
  const nextKeys = db.prepare<[string, string, string, number], KeyRow>(`
    SELECT channel, account, key, created_at FROM dedup_key
    WHERE (channel, account, key) > (?, ?, ?) ORDER BY channel, account, key LIMIT ?`);
  const deleteKey = db.prepare<[string, string, string]>(`
    DELETE FROM dedup_key WHERE channel = ? AND account = ? AND key = ?
      AND NOT EXISTS (SELECT 1 FROM event WHERE event.event_id = dedup_key.event_id)`);
  // Keys have no index on their age: each batch reads on where the last one stopped, and the ring closes.
  let cursor: [string, string, string] = ["", "", ""];

  return function purgeKeys(olderThan: number, limit: number): number {
    const rows = nextKeys.all(...cursor, limit);
    const last = rows.at(-1);
    cursor = last === undefined ? ["", "", ""] : [last.channel, last.account, last.key];
    const old = rows.filter((row) => row.created_at < olderThan);
    return old.reduce((count, row) => count + deleteKey.run(row.channel, row.account, row.key).changes, 0);
  };
}
