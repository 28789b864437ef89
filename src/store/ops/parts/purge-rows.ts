import type { Retention } from "../../retention.ts";
import { statement } from "../../statement.ts";
import { type Transaction, trustedNow } from "../../transaction.ts";
import { deleteDelivery, deleteTurn } from "./delete-rows.ts";
import { isTurnFinished } from "./purge-content.ts";

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
  WHERE content_deleted = 1 AND ended_at < :olderThan AND (state <> 'dead' OR discarded_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM delivery AS d
                    WHERE d.turn_id = t.turn_id AND d.state <> 'sent' AND d.discarded_at IS NULL)
  ORDER BY ended_at LIMIT :limit`);

const EVENTS_WITHOUT_TURN = statement<Age, { event_id: string }>(`
  SELECT event_id FROM event WHERE turn_id IS NULL AND content_deleted = 1 AND received_at < :olderThan
  ORDER BY received_at LIMIT :limit`);

const DELIVERIES_WITHOUT_TURN = statement<Age, { delivery_id: string }>(`
  SELECT delivery_id FROM delivery
  WHERE turn_id IS NULL AND state = 'sent' AND content_deleted = 1 AND ended_at < :olderThan
  ORDER BY ended_at LIMIT :limit`);

const DISCARDED_DELIVERIES = statement<Age, { delivery_id: string }>(`
  SELECT delivery_id FROM delivery WHERE turn_id IS NULL AND discarded_at IS NOT NULL AND ended_at < :olderThan
  ORDER BY ended_at LIMIT :limit`);

/** Old rows of all conversations. */
export async function findOldRows(tx: Transaction, { metadataMs, wall, limit }: Retention): Promise<Old> {
  const old = { olderThan: trustedNow(tx, wall) - metadataMs, limit };
  const turns = await tx.all(OLD_TURNS, old);
  const events = await tx.all(EVENTS_WITHOUT_TURN, old);
  const sent = await tx.all(DELIVERIES_WITHOUT_TURN, old);
  const gone = await tx.all(DISCARDED_DELIVERIES, old);
  return {
    turnIds: turns.map((row) => row.turn_id),
    eventIds: events.map((row) => row.event_id),
    deliveryIds: [...sent, ...gone].map((row) => row.delivery_id),
  };
}

/** Resolves to the number of its events; `null` when another process was faster, or it is in progress again. */
export async function purgeTurn(tx: Transaction, turnId: string): Promise<number | null> {
  if (!(await isTurnFinished(tx, turnId))) return null;
  return (await deleteTurn(tx, turnId)).events;
}

const IS_SENT_OR_DISCARDED = statement<{ deliveryId: string }, object>(`
  SELECT 1 FROM delivery
  WHERE delivery_id = :deliveryId AND turn_id IS NULL AND (state = 'sent' OR discarded_at IS NOT NULL)`);

/** Of a proactive message. A receipt may have made it pending again meanwhile. */
export async function purgeDelivery(tx: Transaction, deliveryId: string): Promise<void> {
  if ((await tx.get(IS_SENT_OR_DISCARDED, { deliveryId })) !== undefined) await deleteDelivery(tx, deliveryId);
}

// A key that was overwritten by a newer fence meanwhile is not old any more.
const DELETE_KEYS = statement<Age>(`
  DELETE FROM idempotency_key WHERE recorded_at < :olderThan AND (scope, key) IN
    (SELECT scope, key FROM idempotency_key WHERE recorded_at < :olderThan ORDER BY recorded_at LIMIT :limit)`);

const DELETE_ACTIONS = statement<Age>(`
  DELETE FROM operator_action WHERE (item_id, action_id) IN
    (SELECT item_id, action_id FROM operator_action WHERE at < :olderThan ORDER BY at LIMIT :limit)`);

/** Deletes old idempotency keys and operator actions. */
export async function purgeKeysAndActions(tx: Transaction, { metadataMs, wall, limit }: Retention): Promise<void> {
  const old = { olderThan: trustedNow(tx, wall) - metadataMs, limit };
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

/** Where this process's last batch of keys ended. Keys have no index on age: each purge scans the next batch, in a ring. */
export interface DedupKeyScan {
  cursor: KeyCursor;
}

const NEXT_KEYS = statement<Key & { limit: number }, KeyRow>(`
  SELECT channel, account, key, event_id, created_at FROM dedup_key
  WHERE (channel, account, key) > (:channel, :account, :key) ORDER BY channel, account, key LIMIT :limit`);

// With the event id that was read: a key that is recovered meanwhile points to another event.
const DELETE_KEY = statement<Key & { eventId: string }>(`
  DELETE FROM dedup_key WHERE channel = :channel AND account = :account AND key = :key AND event_id = :eventId
    AND NOT EXISTS (SELECT 1 FROM event WHERE event.event_id = :eventId)`);

/** Resolves to the number of deleted keys, and to where the next batch begins: the caller keeps it after the commit. */
export async function purgeDedupKeys(
  tx: Transaction,
  [channel, account, key]: KeyCursor,
  { dedupKeysMs, wall, limit }: Retention,
): Promise<{ readonly deleted: number; readonly cursor: KeyCursor }> {
  const rows = await tx.all(NEXT_KEYS, { channel, account, key, limit });
  const olderThan = trustedNow(tx, wall) - dedupKeysMs;
  let deleted = 0;
  for (const { event_id: eventId, created_at: createdAt, ...of } of rows) {
    if (createdAt < olderThan) deleted += (await tx.run(DELETE_KEY, { ...of, eventId })).changes;
  }
  const last = rows.at(-1);
  return { deleted, cursor: last === undefined ? ["", "", ""] : [last.channel, last.account, last.key] };
}
