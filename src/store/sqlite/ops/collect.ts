import { type BatchPolicy, dueAt } from "../../../core/batch.ts";
import type { InboundEvent } from "../../../core/event.ts";
import type { Interrupted } from "../../busy.ts";
import { newId } from "../ids.ts";
import type { Context } from "./context.ts";

interface CollectingRow {
  turn_id: string;
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
  /** Its events are about to be in this turn too, and its first event is this turn's. */
  readonly interrupted: Interrupted | null;
}

/** The part of `ingest` that finds or opens the event's turn, and seals it when the event leaves nothing to wait for. */
export function prepareCollect({ db, chance }: Context) {
  const meet = db.prepare<[string, string, string, string, string, number]>(`
    INSERT INTO conversation (conversation_id, channel, account, kind, peer_id, created_at)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const selectCollecting = db.prepare<[string], CollectingRow>(`
    SELECT turn_id, first_event_at, quiet_ms, max_wait_ms, max_events
    FROM turn WHERE conversation_id = ? AND state = 'collecting'`);
  const countEvents = db.prepare<[string], { count: number }>("SELECT count(*) AS count FROM event WHERE turn_id = ?");
  const open = db.prepare(`
    INSERT INTO turn (turn_id, conversation_id, state, quiet_ms, max_wait_ms, max_events, first_event_at, due_at,
                      sealed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const beginEarlier = db.prepare<[number, number, string]>(
    "UPDATE turn SET first_event_at = ?, due_at = min(due_at, ?) WHERE turn_id = ?",
  );
  const seal = db.prepare<[number, number, string]>(
    "UPDATE turn SET state = 'ready', sealed_at = ?, due_at = ? WHERE turn_id = ?",
  );

  function know({ event, conversationId, now }: NewInTurn): void {
    const { channel, account, kind, peerId } = event.conversation;
    meet.run(conversationId, channel, account, kind, peerId, now);
  }

  /** The turn's row is left alone unless it is complete: `sealTurn` looks at the events for when the last one came. */
  function extendTurn(row: CollectingRow, { event, now, interrupted }: NewInTurn): boolean {
    const eventCount = (countEvents.get(row.turn_id)?.count ?? 0) + (interrupted?.eventCount ?? 0) + 1;
    const firstEventAt = interrupted?.firstEventAt ?? row.first_event_at;
    if (interrupted !== null) beginEarlier.run(firstEventAt, firstEventAt + row.max_wait_ms, row.turn_id);
    // The policy it was opened with: a setting that changed meanwhile never splits a turn.
    const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };
    const immediate = event.effect === "collect-now";
    const ready = dueAt({ firstEventAt, lastEventAt: now, eventCount, immediate }, policy) <= now;
    if (ready) seal.run(now, now, row.turn_id);
    return ready;
  }

  function openTurn(turnId: string, { event, conversationId, now, batch, interrupted }: NewInTurn): boolean {
    const { quietMs, maxWaitMs, maxEvents } = batch;
    const immediate = event.effect === "collect-now";
    const firstEventAt = interrupted?.firstEventAt ?? now;
    const eventCount = (interrupted?.eventCount ?? 0) + 1;
    const due = dueAt({ firstEventAt, lastEventAt: now, eventCount, immediate }, batch);
    const ready = due <= now;
    const state = ready ? "ready" : "collecting";
    open.run(turnId, conversationId, state, quietMs, maxWaitMs, maxEvents, firstEventAt, due, ready ? now : null);
    return ready;
  }

  return function collect(added: NewInTurn): { turnId: string; ready: boolean } | null {
    if (added.event.effect === "store") {
      know(added);
      return null;
    }
    const row = selectCollecting.get(added.conversationId);
    if (row !== undefined) return { turnId: row.turn_id, ready: extendTurn(row, added) };
    know(added);
    const turnId = newId(chance, "turn", added.conversationId);
    return { turnId, ready: openTurn(turnId, added) };
  };
}
