import { assert } from "../../../core/errors.ts";
import type { EventContent, InboundEvent } from "../../../core/event.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

export type KeyVerdict =
  | { readonly kind: "new" }
  /** It has not been here, and an edit of it has: that wording counts. */
  | { readonly kind: "edited"; readonly content: EventContent; readonly version: number }
  /** `receivedAt` is `null` when retention has deleted the event. */
  | {
      readonly kind: "duplicate";
      readonly eventId: string;
      readonly receivedAt: number | null;
      /** Where the event is; `null` when retention has deleted it. */
      readonly conversationId: string | null;
      /** `null` as well when it opened no turn. */
      readonly turnId: string | null;
    }
  /** The keys are known, but these events are missing, and retention had not deleted them. */
  | { readonly kind: "inconsistent"; readonly lostEventIds: readonly string[] };

interface Key {
  channel: string;
  account: string;
  key: string;
}

interface KeyRow {
  event_id: string;
  purged_at: number | null;
}

type Keys = { channel: string; account: string; keys: readonly string[]; eventId: string };

/** Most keys of one statement. An event has one or two. */
const KEYS_MAX = 3;

/** By the number of keys: a statement over a list costs three times as much on SQLite. */
const INSERT_KEYS = Array.from({ length: KEYS_MAX }, (_, last) => {
  const rows = Array.from({ length: last + 1 }, (_row, at) => `(:channel, :account, :key${at}, :eventId, :now)`);
  return statement<Record<string, string | number>>(`
    INSERT INTO dedup_key (channel, account, key, event_id, created_at) VALUES ${rows.join(", ")}
    ON CONFLICT DO NOTHING`);
});

const SELECT_KNOWN = statement<Keys, KeyRow>(
  ({ isIn }) => `
  SELECT event_id, purged_at FROM dedup_key
  WHERE channel = :channel AND account = :account AND ${isIn("key", ":keys")} AND event_id <> :eventId ORDER BY key`,
);

const POINT_KEY = statement<Key & { eventId: string; purgedAt: number | null }>(`
  UPDATE dedup_key SET event_id = :eventId, purged_at = :purgedAt
  WHERE channel = :channel AND account = :account AND key = :key`);

interface KnownEvent {
  conversation_id: string;
  turn_id: string | null;
  received_at: number;
  dedup_keys: string;
  state: string;
  content: string;
  revises: string | null;
  version: number | null;
}

const SELECT_EVENT = statement<{ eventId: string }, KnownEvent>(`
  SELECT conversation_id, turn_id, received_at, dedup_keys, state, content, revises, version
  FROM event WHERE event_id = :eventId`);

/** The keys as the event's own row lists them. */
const SET_KEYS = statement<{ eventId: string; dedupKeys: string }>(
  "UPDATE event SET dedup_keys = :dedupKeys WHERE event_id = :eventId",
);

/** Keys that the event with a platform's message id may have: channels use the id, and where it isn't unique a prefix. */
export function keysOfMessage(messageId: string): readonly [string, string, string] {
  return [messageId, `message:${messageId}`, `echo:${messageId}`];
}

/** Part of `ingest`: deduplication. */
export async function takeKeys(
  tx: Transaction,
  event: InboundEvent,
  eventId: string,
  now: number,
): Promise<KeyVerdict> {
  const known = await take(tx, event, eventId, now);
  if (known.length === 0) return { kind: "new" };
  for (const { event_id: knownId } of known) {
    const stored = await tx.get(SELECT_EVENT, { eventId: knownId });
    if (stored === undefined) continue;
    if (isWaitingEdit(stored, event)) {
      await pointTo(tx, event, eventId);
      const { version } = stored;
      return { kind: "edited", content: JSON.parse(stored.content) as EventContent, version: version ?? 0 };
    }
    // A new key beside a known one belongs to the same event.
    if (known.length < event.dedupKeys.length) {
      await pointTo(tx, event, knownId);
      const keys = new Set([...(JSON.parse(stored.dedup_keys) as string[]), ...event.dedupKeys]);
      await tx.run(SET_KEYS, { eventId: knownId, dedupKeys: JSON.stringify([...keys]) });
    }
    const { received_at: receivedAt, conversation_id: conversationId, turn_id: turnId } = stored;
    return { kind: "duplicate", eventId: knownId, receivedAt, conversationId, turnId };
  }
  const purged = known.find((key) => key.purged_at !== null);
  if (purged !== undefined) {
    if (known.length < event.dedupKeys.length) await pointTo(tx, event, purged.event_id, purged.purged_at);
    return { kind: "duplicate", eventId: purged.event_id, receivedAt: null, conversationId: null, turnId: null };
  }
  await pointTo(tx, event, eventId);
  return { kind: "inconsistent", lostEventIds: known.map((key) => key.event_id) };
}

/** An edit that came before its message and opened no turn. One that opened a turn, or was taken back, is the message. */
function isWaitingEdit({ state, revises, version }: KnownEvent, { dedupKeys }: InboundEvent): boolean {
  return state === "stored" && version !== null && revises !== null && dedupKeys.includes(revises);
}

/** Inserts the new keys, pointing to `eventId`, and returns the known ones. */
async function take(
  tx: Transaction,
  { conversation, dedupKeys }: InboundEvent,
  eventId: string,
  now: number,
): Promise<KeyRow[]> {
  const { channel, account } = conversation;
  const keys = [...new Set(dedupKeys)];
  const inserted = await insertKeys(tx, { channel, account, keys, eventId }, now);
  return inserted === keys.length ? [] : await tx.all(SELECT_KNOWN, { channel, account, keys, eventId });
}

/** Resolves to how many were new. In one order everywhere, so that two processes with the same keys can't wait for each other. */
async function insertKeys(tx: Transaction, { keys, ...shared }: Keys, now: number): Promise<number> {
  const sorted = keys.toSorted();
  let inserted = 0;
  for (let from = 0; from < sorted.length; from += KEYS_MAX) {
    const some = sorted.slice(from, from + KEYS_MAX);
    const insert = INSERT_KEYS[some.length - 1];
    assert(insert !== undefined, "the list of keys is longer than its part");
    const values: Record<string, string | number> = { ...shared, now };
    for (const [at, key] of some.entries()) values[`key${at}`] = key;
    inserted += (await tx.run(insert, values)).changes;
  }
  return inserted;
}

/** Inserts one key. False: it was known. */
export async function takeKey(
  tx: Transaction,
  { channel, account, key }: Key,
  eventId: string,
  now: number,
): Promise<boolean> {
  return (await insertKeys(tx, { channel, account, keys: [key], eventId }, now)) === 1;
}

/** Points all keys of the event to that event id. */
async function pointTo(
  tx: Transaction,
  event: InboundEvent,
  eventId: string,
  purgedAt: number | null = null,
): Promise<void> {
  const { channel, account } = event.conversation;
  for (const key of event.dedupKeys) await pointKey(tx, { channel, account, key }, eventId, purgedAt);
}

/** Points a key to that event id. */
export async function pointKey(
  tx: Transaction,
  key: Key,
  eventId: string,
  purgedAt: number | null = null,
): Promise<void> {
  await tx.run(POINT_KEY, { ...key, eventId, purgedAt });
}
