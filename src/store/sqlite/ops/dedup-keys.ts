import type { InboundEvent } from "../../../core/event.ts";
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
  const insert = db.prepare<[string, string, string, string, number]>(
    "INSERT INTO dedup_key (channel, account, key, event_id, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const select = db.prepare<[string, string, string], KeyRow>(
    "SELECT event_id, purged_at FROM dedup_key WHERE channel = ? AND account = ? AND key = ?",
  );
  const point = db.prepare<[string, number | null, string, string, string]>(
    "UPDATE dedup_key SET event_id = ?, purged_at = ? WHERE channel = ? AND account = ? AND key = ?",
  );
  const selectEvent = db.prepare<[string], { received_at: number; dedup_keys: string }>(
    "SELECT received_at, dedup_keys FROM event WHERE event_id = ?",
  );
  const rememberKeys = db.prepare<[string, string]>("UPDATE event SET dedup_keys = ? WHERE event_id = ?");

  /** All keys of the event point to that event id, and share its fate. */
  function pointTo(event: InboundEvent, eventId: string, purgedAt: number | null = null): void {
    const { channel, account } = event.conversation;
    for (const key of event.dedupKeys) point.run(eventId, purgedAt, channel, account, key);
  }

  /** Makes the missing keys, pointing to `eventId`, and returns those that were there. */
  function take(event: InboundEvent, eventId: string, now: number): KeyRow[] {
    const { channel, account } = event.conversation;
    const known: KeyRow[] = [];
    for (const key of new Set(event.dedupKeys)) {
      if (insert.run(channel, account, key, eventId, now).changes === 1) continue;
      const row = select.get(channel, account, key);
      if (row !== undefined) known.push(row);
    }
    return known;
  }

  return function takeKeys(event: InboundEvent, eventId: string, now: number): KeyVerdict {
    const known = take(event, eventId, now);
    if (known.length === 0) return { kind: "new" };
    for (const { event_id: knownId } of known) {
      const stored = selectEvent.get(knownId);
      if (stored === undefined) continue;
      // A key that was new beside one that was known belongs to the same event.
      if (known.length < event.dedupKeys.length) {
        pointTo(event, knownId);
        const keys = new Set([...(JSON.parse(stored.dedup_keys) as string[]), ...event.dedupKeys]);
        rememberKeys.run(JSON.stringify([...keys]), knownId);
      }
      return { kind: "duplicate", eventId: knownId, receivedAt: stored.received_at };
    }
    const purged = known.find((key) => key.purged_at !== null);
    if (purged !== undefined) {
      if (known.length < event.dedupKeys.length) pointTo(event, purged.event_id, purged.purged_at);
      return { kind: "duplicate", eventId: purged.event_id, receivedAt: null };
    }
    pointTo(event, eventId);
    return { kind: "inconsistent", lostEventIds: known.map((key) => key.event_id) };
  };
}
