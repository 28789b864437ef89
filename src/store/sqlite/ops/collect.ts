import { type BatchPolicy, dueAt } from "../../../core/batch.ts";
import type { InboundEvent } from "../../../core/event.ts";
import type { Context } from "./context.ts";

interface CollectingRow {
  turn_id: string;
  event_count: number;
  first_event_at: number;
  quiet_ms: number;
  max_wait_ms: number;
  max_events: number;
}

interface NewInTurn {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
  readonly batch: BatchPolicy;
}

/** The part of `ingest` that opens or extends the conversation's collecting turn. */
export function prepareCollect({ db, chance }: Context) {
  const meet = db.prepare<[string, string, string, string, string, number]>(`
    INSERT INTO conversation (conversation_id, channel, account, kind, peer_id, created_at)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const nextSeq = db.prepare<[string], { turn_seq: number }>(
    "UPDATE conversation SET turn_seq = turn_seq + 1 WHERE conversation_id = ? RETURNING turn_seq",
  );
  const selectCollecting = db.prepare<[string], CollectingRow>(`
    SELECT turn_id, event_count, first_event_at, quiet_ms, max_wait_ms, max_events
    FROM turn WHERE conversation_id = ? AND state = 'collecting'`);
  const insertTurn = db.prepare(`
    INSERT INTO turn (turn_id, conversation_id, seq, state, quiet_ms, max_wait_ms, max_events, event_count,
                      first_event_at, last_event_at, due_at, sealed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)`);
  const extendTurn = db.prepare(`
    UPDATE turn SET event_count = event_count + 1, last_event_at = ?, due_at = ?, state = ?, sealed_at = ?
    WHERE turn_id = ? AND state = 'collecting'`);

  return function collect({ event, conversationId, now, batch }: NewInTurn): { turnId: string; ready: boolean } | null {
    const { channel, account, kind, peerId } = event.conversation;
    const immediate = event.effect === "collect-now";
    const open = event.effect === "store" ? undefined : selectCollecting.get(conversationId);
    if (open !== undefined) {
      // The policy it was opened with: a setting that changed meanwhile never splits a turn.
      const policy = { quietMs: open.quiet_ms, maxWaitMs: open.max_wait_ms, maxEvents: open.max_events };
      const eventCount = open.event_count + 1;
      const due = dueAt({ firstEventAt: open.first_event_at, lastEventAt: now, eventCount, immediate }, policy);
      const ready = due <= now;
      extendTurn.run(now, due, ready ? "ready" : "collecting", ready ? now : null, open.turn_id);
      return { turnId: open.turn_id, ready };
    }
    meet.run(conversationId, channel, account, kind, peerId, now);
    if (event.effect === "store") return null;
    const seq = nextSeq.get(conversationId)?.turn_seq ?? 0;
    const turnId = chance.id("turn");
    const due = dueAt({ firstEventAt: now, lastEventAt: now, eventCount: 1, immediate }, batch);
    const ready = due <= now;
    const { quietMs, maxWaitMs, maxEvents } = batch;
    insertTurn.run(
      ...[turnId, conversationId, seq, ready ? "ready" : "collecting"],
      ...[quietMs, maxWaitMs, maxEvents, now, now, due, ready ? now : null],
    );
    return { turnId, ready };
  };
}
