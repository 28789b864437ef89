import type { Retention } from "../retention.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import * as remove from "./delete-turn.ts";

/*
 * Retention: small batches, so that no webhook waits for it. Rows that still wait for something are never deleted. A read
 * finds old rows; each turn and each event is deleted in its own transaction.
 */

interface Age {
  olderThan: number;
  limit: number;
}

export interface Old {
  readonly turnIds: readonly string[];
  readonly eventIds: readonly string[];
  /** Of no turn. */
  readonly deliveryIds: readonly string[];
}

const OLD_TURNS = statement<Age, { turn_id: string }>(`
  SELECT turn_id FROM turn AS t
  WHERE bodies_deleted = 1 AND ended_at < :olderThan AND (state <> 'dead' OR discarded_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM delivery AS d
                    WHERE d.turn_id = t.turn_id AND d.state <> 'sent' AND d.discarded_at IS NULL)
  ORDER BY ended_at LIMIT :limit`);

const LOOSE_EVENTS = statement<Age, { event_id: string }>(`
  SELECT event_id FROM event WHERE turn_id IS NULL AND bodies_deleted = 1 AND received_at < :olderThan
  ORDER BY received_at LIMIT :limit`);

const LOOSE_DELIVERIES = statement<Age, { delivery_id: string }>(`
  SELECT delivery_id FROM delivery
  WHERE turn_id IS NULL AND state = 'sent' AND bodies_deleted = 1 AND ended_at < :olderThan
  ORDER BY ended_at LIMIT :limit`);

const DISCARDED_DELIVERIES = statement<Age, { delivery_id: string }>(`
  SELECT delivery_id FROM delivery WHERE turn_id IS NULL AND discarded_at IS NOT NULL AND ended_at < :olderThan
  ORDER BY ended_at LIMIT :limit`);

/** Old rows of all conversations. */
export async function find(tx: Transaction, { historyMs, limit }: Retention): Promise<Old> {
  const old = { olderThan: tx.now() - historyMs, limit };
  const turns = await tx.all(OLD_TURNS, old);
  const loose = await tx.all(LOOSE_EVENTS, old);
  const sent = await tx.all(LOOSE_DELIVERIES, old);
  const gone = await tx.all(DISCARDED_DELIVERIES, old);
  return {
    turnIds: turns.map((row) => row.turn_id),
    eventIds: loose.map((row) => row.event_id),
    deliveryIds: [...sent, ...gone].map((row) => row.delivery_id),
  };
}

const IS_STILL_OLD = statement<{ turnId: string }, object>(`
  SELECT 1 FROM turn AS t WHERE turn_id = :turnId AND ended_at IS NOT NULL
    AND (state <> 'dead' OR discarded_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM delivery AS d
                    WHERE d.turn_id = t.turn_id AND d.state <> 'sent' AND d.discarded_at IS NULL)`);

/** Resolves to the number of its events; `null` when another process was faster, or it is in progress again. */
export async function purgeTurn(tx: Transaction, turnId: string): Promise<number | null> {
  if ((await tx.get(IS_STILL_OLD, { turnId })) === undefined) return null;
  return (await remove.turn(tx, turnId)).events;
}

export const purgeEvent = remove.event;

const IS_STILL_SENT = statement<{ deliveryId: string }, object>(`
  SELECT 1 FROM delivery
  WHERE delivery_id = :deliveryId AND turn_id IS NULL AND (state = 'sent' OR discarded_at IS NOT NULL)`);

/** Of a proactive message. A receipt may have made it pending again meanwhile. */
export async function purgeDelivery(tx: Transaction, deliveryId: string): Promise<void> {
  if ((await tx.get(IS_STILL_SENT, { deliveryId })) !== undefined) await remove.delivery(tx, deliveryId);
}

// A key that was overwritten by a newer fence meanwhile is not old any more.
const DELETE_KEYS = statement<Age>(`
  DELETE FROM idempotency_key WHERE recorded_at < :olderThan AND (scope, key) IN
    (SELECT scope, key FROM idempotency_key WHERE recorded_at < :olderThan ORDER BY recorded_at LIMIT :limit)`);

const DELETE_ACTIONS = statement<Age>(`
  DELETE FROM operator_action WHERE (item_id, action_id) IN
    (SELECT item_id, action_id FROM operator_action WHERE at < :olderThan ORDER BY at LIMIT :limit)`);

/** Deletes old idempotency keys and operator actions. */
export async function purgeIdempotencyKeys(tx: Transaction, { historyMs, limit }: Retention): Promise<void> {
  const old = { olderThan: tx.now() - historyMs, limit };
  await tx.run(DELETE_KEYS, old);
  await tx.run(DELETE_ACTIONS, old);
}

type KeyCursor = readonly [channel: string, account: string, key: string];

interface Key {
  channel: string;
  account: string;
  key: string;
}

interface KeyRow extends Key {
  event_id: string;
  created_at: number;
}

/** Where this process's last batch of keys ended: keys have no index on age, so they are scanned in a ring. */
export interface KeyRing {
  cursor: KeyCursor;
}

const NEXT_KEYS = statement<Key & { limit: number }, KeyRow>(`
  SELECT channel, account, key, event_id, created_at FROM dedup_key
  WHERE (channel, account, key) > (:channel, :account, :key) ORDER BY channel, account, key LIMIT :limit`);

// With the event id that was read: a key that is recovered meanwhile points to another event.
const DELETE_KEY = statement<Key & { eventId: string }>(`
  DELETE FROM dedup_key WHERE channel = :channel AND account = :account AND key = :key AND event_id = :eventId
    AND NOT EXISTS (SELECT 1 FROM event WHERE event.event_id = :eventId)`);

/** Resolves to the number of deleted keys. */
export async function purgeKeys(tx: Transaction, ring: KeyRing, { dedupMs, limit }: Retention): Promise<number> {
  const [channel, account, key] = ring.cursor;
  const rows = await tx.all(NEXT_KEYS, { channel, account, key, limit });
  const olderThan = tx.now() - dedupMs;
  let deleted = 0;
  for (const { event_id: eventId, created_at: createdAt, ...of } of rows) {
    if (createdAt < olderThan) deleted += (await tx.run(DELETE_KEY, { ...of, eventId })).changes;
  }
  const last = rows.at(-1);
  ring.cursor = last === undefined ? ["", "", ""] : [last.channel, last.account, last.key];
  return deleted;
}
