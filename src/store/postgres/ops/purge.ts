import type { Retention } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

type KeyCursor = [channel: string, account: string, key: string];

interface KeyRow {
  channel: string;
  account: string;
  key: string;
  event_id: string;
  created_at: number;
}

interface EventRow {
  event_id: string;
  dedup_keys: string;
  channel: string;
  account: string;
}

export interface Old {
  readonly turnIds: readonly string[];
  readonly eventIds: readonly string[];
  /** Of no turn. */
  readonly deliveryIds: readonly string[];
}

/**
 * A small batch at a time, so that no webhook waits for it. What waits for something or somebody is never deleted.
 * One transaction finds what is old; each turn and each event goes in one of its own.
 */
export function preparePurge(context: Context) {
  const { db, clock } = context;
  const isStillOld = db.prepare<Key>(`
    SELECT 1 FROM turn AS t WHERE slot = $1 AND turn_id = $2 AND ended_at IS NOT NULL
      AND (state <> 'dead' OR discarded_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM delivery AS d
                      WHERE d.slot = $1 AND d.turn_id = t.turn_id AND d.state <> 'sent' AND d.discarded_at IS NULL)`);
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
  const isStillSent = db.prepare<Key>(
    `SELECT 1 FROM delivery
     WHERE slot = $1 AND delivery_id = $2 AND turn_id IS NULL AND (state = 'sent' OR discarded_at IS NOT NULL)`,
  );
  const deleteTurn = db.prepare<Key>("DELETE FROM turn WHERE slot = $1 AND turn_id = $2");

  async function purgeEvent(eventId: string): Promise<void> {
    const event = await keysOfEvent.get(...keyOf(eventId));
    if (event !== undefined) {
      await markPurged.run(event.channel, event.account, JSON.parse(event.dedup_keys) as string[], clock.now());
    }
    await deleteToken.run(...keyOf(eventId));
    await deleteEvent.run(...keyOf(eventId));
  }

  async function deleteDelivery(deliveryId: string): Promise<void> {
    for (const remove of deleteOfDelivery) await remove.run(...keyOf(deliveryId));
  }

  async function purgeTurn(turnId: string): Promise<number | null> {
    if ((await isStillOld.get(...keyOf(turnId))) === undefined) return null;
    const events = await eventsOfTurn.all(...keyOf(turnId));
    for (const event of events) await purgeEvent(event.event_id);
    for (const { delivery_id: deliveryId } of await deliveriesOfTurn.all(...keyOf(turnId))) {
      await deleteDelivery(deliveryId);
    }
    await deleteTicket.run(...keyOf(turnId));
    await deleteTurn.run(...keyOf(turnId));
    return events.length;
  }

  return {
    find: prepareFind(context),
    /** Of a message without a turn. A receipt may have brought it back to work meanwhile. */
    async purgeDelivery(deliveryId: string): Promise<void> {
      if ((await isStillSent.get(...keyOf(deliveryId))) !== undefined) await deleteDelivery(deliveryId);
    },
    purgeTaken: preparePurgeTaken(context),
    purgeEvent,
    /** How many events went with it; `null` when somebody else was faster, or it is at work again. */
    purgeTurn,
    purgeKeys: preparePurgeKeys(context),
  };
}

/** What is old, looked for everywhere. */
function prepareFind({ db, clock }: Context) {
  const oldTurns = db.prepare<[number, number], { turn_id: string }>(`
    SELECT turn_id FROM turn AS t
    WHERE ended_at < $1 AND (state <> 'dead' OR discarded_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM delivery AS d
                      WHERE d.slot = t.slot AND d.turn_id = t.turn_id AND d.state <> 'sent'
                        AND d.discarded_at IS NULL)
    ORDER BY ended_at LIMIT $2`);
  const looseEvents = db.prepare<[number, number], { event_id: string }>(
    "SELECT event_id FROM event WHERE turn_id IS NULL AND received_at < $1 ORDER BY received_at LIMIT $2",
  );
  const looseDeliveries = db.prepare<[number, number], { delivery_id: string }>(`
    SELECT delivery_id FROM delivery WHERE turn_id IS NULL AND state = 'sent' AND ended_at < $1
    ORDER BY ended_at LIMIT $2`);

  const discarded = db.prepare<[number, number], { delivery_id: string }>(`
    SELECT delivery_id FROM delivery WHERE turn_id IS NULL AND discarded_at IS NOT NULL AND ended_at < $1
    ORDER BY ended_at LIMIT $2`);

  return async function find({ historyMs, limit }: Retention): Promise<Old> {
    const turns = await oldTurns.all(clock.now() - historyMs, limit);
    const loose = await looseEvents.all(clock.now() - historyMs, limit);
    const sent = await looseDeliveries.all(clock.now() - historyMs, limit);
    const gone = await discarded.all(clock.now() - historyMs, limit);
    return {
      turnIds: turns.map((row) => row.turn_id),
      eventIds: loose.map((row) => row.event_id),
      deliveryIds: [...sent, ...gone].map((row) => row.delivery_id),
    };
  };
}

function preparePurgeTaken({ db, clock }: Context) {
  // A key that belongs to a newer fence meanwhile is not old any more.
  const deleteTaken = db.prepare<[number, number]>(`
    DELETE FROM taken_once WHERE taken_at < $1 AND (slot, scope, key) IN
      (SELECT slot, scope, key FROM taken_once WHERE taken_at < $1 ORDER BY taken_at LIMIT $2)`);

  const deleteActions = db.prepare<[number, number]>(`
    DELETE FROM operator_action WHERE (slot, item_id, action_id) IN
      (SELECT slot, item_id, action_id FROM operator_action WHERE at < $1 ORDER BY at LIMIT $2)`);

  return async function purgeTaken({ historyMs, limit }: Retention): Promise<void> {
    await deleteTaken.run(clock.now() - historyMs, limit);
    await deleteActions.run(clock.now() - historyMs, limit);
  };
}

/** Where the last batch of keys stopped, in this process: keys have no index on their age, so they are read in a ring. */
export interface KeyRing {
  cursor: KeyCursor;
}

function preparePurgeKeys({ db, clock }: Context) {
  const nextKeys = db.prepare<[...KeyCursor, number], KeyRow>(`
    SELECT channel, account, key, event_id, created_at FROM dedup_key
    WHERE (channel, account, key) > ($1, $2, $3) ORDER BY channel, account, key LIMIT $4`);
  // The event that it was seen to point to: a key that heals meanwhile points to another.
  const deleteKey = db.prepare<[...KeyCursor, ...Key]>(`
    DELETE FROM dedup_key WHERE channel = $1 AND account = $2 AND key = $3 AND event_id = $5
      AND NOT EXISTS (SELECT 1 FROM event WHERE event.slot = $4 AND event.event_id = $5)`);

  return async function purgeKeys(ring: KeyRing, { dedupMs, limit }: Retention): Promise<number> {
    const rows = await nextKeys.all(...ring.cursor, limit);
    const last = rows.at(-1);
    ring.cursor = last === undefined ? ["", "", ""] : [last.channel, last.account, last.key];
    let deleted = 0;
    for (const row of rows) {
      if (row.created_at >= clock.now() - dedupMs) continue;
      const { channel, account, key, event_id: eventId } = row;
      deleted += (await deleteKey.run(channel, account, key, ...keyOf(eventId))).changes;
    }
    return deleted;
  };
}
