import type { InboundEvent } from "../../../core/event.ts";
import { type Key, keyOf, slotOf } from "../slot.ts";
import type { Context } from "./context.ts";

export type KeyVerdict =
  | { readonly kind: "new" }
  /** `receivedAt` is `null` when retention has deleted the event. */
  | { readonly kind: "duplicate"; readonly eventId: string; readonly receivedAt: number | null }
  /** The keys are known, but these events are gone, and it was not retention. */
  | { readonly kind: "inconsistent"; readonly lostEventIds: readonly string[] };

interface KeyRow {
  event_id: string;
  purged_at: number | null;
}

/** The part of `ingest` that knows a copy from a first one. */
export function prepareDedupKeys({ db }: Context) {
  const insert = db.prepare<[number, string, string, string, string, number]>(`
    INSERT INTO dedup_key (slot, channel, account, key, event_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING`);
  const select = db.prepare<[string, string, string], KeyRow>(
    "SELECT event_id, purged_at FROM dedup_key WHERE channel = $1 AND account = $2 AND key = $3",
  );
  const point = db.prepare<[string, string, string, string, number | null]>(
    "UPDATE dedup_key SET event_id = $4, purged_at = $5 WHERE channel = $1 AND account = $2 AND key = $3",
  );
  const selectEvent = db.prepare<Key, { received_at: number; dedup_keys: string }>(
    "SELECT received_at, dedup_keys FROM event WHERE slot = $1 AND event_id = $2",
  );
  const rememberKeys = db.prepare<[...Key, string]>(
    "UPDATE event SET dedup_keys = $3 WHERE slot = $1 AND event_id = $2",
  );

  /** All keys of the event point to that event id, and share its fate. */
  async function pointTo(event: InboundEvent, eventId: string, purgedAt: number | null = null): Promise<void> {
    const { channel, account } = event.conversation;
    for (const key of event.dedupKeys) await point.run(channel, account, key, eventId, purgedAt);
  }

  /** Makes the missing keys, pointing to `eventId`, and returns those that were there. */
  async function take(event: InboundEvent, eventId: string, now: number): Promise<KeyRow[]> {
    const { channel, account } = event.conversation;
    const known: KeyRow[] = [];
    // In one order everywhere, so that two processes with the same keys can't wait for each other.
    for (const key of [...new Set(event.dedupKeys)].sort()) {
      if ((await insert.run(slotOf(eventId), channel, account, key, eventId, now)).changes === 1) continue;
      const row = await select.get(channel, account, key);
      if (row !== undefined) known.push(row);
    }
    return known;
  }

  return async function takeKeys(event: InboundEvent, eventId: string, now: number): Promise<KeyVerdict> {
    const known = await take(event, eventId, now);
    if (known.length === 0) return { kind: "new" };
    for (const { event_id: knownId } of known) {
      const stored = await selectEvent.get(...keyOf(knownId));
      if (stored === undefined) continue;
      // A key that was new beside one that was known belongs to the same event.
      if (known.length < event.dedupKeys.length) {
        await pointTo(event, knownId);
        const keys = new Set([...(JSON.parse(stored.dedup_keys) as string[]), ...event.dedupKeys]);
        await rememberKeys.run(...keyOf(knownId), JSON.stringify([...keys]));
      }
      return { kind: "duplicate", eventId: knownId, receivedAt: stored.received_at };
    }
    const purged = known.find((key) => key.purged_at !== null);
    if (purged !== undefined) {
      if (known.length < event.dedupKeys.length) await pointTo(event, purged.event_id, purged.purged_at);
      return { kind: "duplicate", eventId: purged.event_id, receivedAt: null };
    }
    await pointTo(event, eventId);
    return { kind: "inconsistent", lostEventIds: known.map((key) => key.event_id) };
  };
}
