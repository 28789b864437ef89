import type { InboundEvent, OfferedToken } from "../../../core/event.ts";
import { conversationId as idOf } from "../../conversation-id.ts";
import type { IngestPolicy, IngestResult } from "../../store.ts";
import { prepareCollect } from "./collect.ts";
import type { Context } from "./context.ts";
import { prepareWithdraw } from "./withdraw.ts";

interface KeyRow {
  event_id: string;
  purged_at: number | null;
}

interface NewEvent {
  readonly eventId: string;
  readonly conversationId: string;
  readonly turnId: string | null;
  readonly now: number;
}

export function prepareIngest(context: Context) {
  const { db, clock, chance } = context;
  const insertKey = db.prepare<[string, string, string, string, number]>(
    "INSERT INTO dedup_key (channel, account, key, event_id, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const selectKey = db.prepare<[string, string, string], KeyRow>(
    "SELECT event_id, purged_at FROM dedup_key WHERE channel = ? AND account = ? AND key = ?",
  );
  const pointKey = db.prepare<[string, string, string, string]>(
    "UPDATE dedup_key SET event_id = ?, purged_at = NULL WHERE channel = ? AND account = ? AND key = ?",
  );
  const selectEvent = db.prepare<[string], { received_at: number }>("SELECT received_at FROM event WHERE event_id = ?");
  const insertEvent = db.prepare(`
    INSERT INTO event (event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
                       received_at, redelivered, sender_id, sender_name, content, raw)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const insertToken = db.prepare<[string, string, string, number, number]>(`
    INSERT INTO reply_token (event_id, conversation_id, token, received_at, expires_at, state)
    VALUES (?, ?, ?, ?, ?, 'unused') ON CONFLICT DO NOTHING`);
  // The token of an event that heals is the token that was there: it must not become a second chance to spend it.
  const passOnToken = db.prepare<[string, string]>("UPDATE reply_token SET event_id = ? WHERE event_id = ?");
  const refreshToken = db.prepare<[number, number, string, string]>(`
    UPDATE reply_token SET received_at = ?, expires_at = ? WHERE event_id = ? AND token = ? AND state = 'unused'`);
  const letParkedTakeIt = db.prepare<[number, string]>(`
    UPDATE delivery SET due_at = ? WHERE conversation_id = ? AND state = 'parked' AND carrier_id IS NULL`);
  const collect = prepareCollect(context);
  const withdraw = prepareWithdraw(context);

  /** The event ids that the event's keys point to already; the missing keys are made and point to `eventId`. */
  function takeKeys(event: InboundEvent, eventId: string, now: number): KeyRow[] {
    const { channel, account } = event.conversation;
    const known: KeyRow[] = [];
    for (const key of event.dedupKeys) {
      if (insertKey.run(channel, account, key, eventId, now).changes === 1) continue;
      const row = selectKey.get(channel, account, key);
      if (row !== undefined) known.push(row);
    }
    return known;
  }

  function pointKeys(event: InboundEvent, eventId: string): void {
    const { channel, account } = event.conversation;
    for (const key of event.dedupKeys) pointKey.run(eventId, channel, account, key);
  }

  function duplicate(event: InboundEvent, eventId: string, now: number): IngestResult {
    // A key that was new beside one that was known belongs to the same event.
    pointKeys(event, eventId);
    const stored = selectEvent.get(eventId);
    const tokenRefreshed =
      stored !== undefined &&
      event.token !== null &&
      refreshToken.run(now, expiresAt(event.token, now), eventId, event.token.token).changes === 1;
    return { kind: "duplicate", eventId, receivedAt: stored?.received_at ?? now, tokenRefreshed };
  }

  function insert(event: InboundEvent, as: NewEvent): void {
    insertEvent.run(
      as.eventId,
      as.conversationId,
      as.turnId,
      as.turnId === null ? "stored" : "accepted",
      event.platformEventId,
      JSON.stringify(event.dedupKeys),
      event.type,
      event.sentAt,
      as.now,
      event.redelivered ? 1 : 0,
      event.sender?.id ?? null,
      event.sender?.name ?? null,
      JSON.stringify(event.content),
      JSON.stringify(event.raw),
    );
  }

  return function ingest(event: InboundEvent, policy: IngestPolicy): IngestResult {
    const now = clock.now();
    const eventId = chance.id("evt");
    const known = takeKeys(event, eventId, now);
    const alive = known.find((key) => selectEvent.get(key.event_id) !== undefined);
    if (alive !== undefined) return duplicate(event, alive.event_id, now);
    const purged = known.find((key) => key.purged_at !== null);
    if (purged !== undefined)
      return { kind: "duplicate", eventId: purged.event_id, receivedAt: now, tokenRefreshed: false };
    if (known.length > 0) {
      policy.onInconsistent();
      pointKeys(event, eventId);
      for (const key of known) passOnToken.run(eventId, key.event_id);
    }
    const conversationId = idOf(event.conversation);
    const turn = collect({ event, conversationId, now, batch: policy.batch });
    insert(event, { eventId, conversationId, turnId: turn?.turnId ?? null, now });
    if (event.withdraws !== null) withdraw(event.conversation, event.withdraws);
    if (event.token !== null) {
      const end = expiresAt(event.token, now);
      insertToken.run(eventId, conversationId, event.token.token, now, end);
      letParkedTakeIt.run(end - policy.rescueLeadMs, conversationId);
    }
    const kind = known.length > 0 ? "healed" : "accepted";
    return {
      kind,
      eventId,
      conversationId,
      receivedAt: now,
      turnId: turn?.turnId ?? null,
      turnReady: turn?.ready ?? false,
    };
  };
}

function expiresAt(token: OfferedToken, now: number): number {
  return Math.min(now + token.ttlMs, token.notAfter ?? Number.POSITIVE_INFINITY);
}
