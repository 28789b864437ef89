import { type BatchPolicy, dueAt } from "../../../core/batch.ts";
import type { InboundEvent } from "../../../core/event.ts";
import type { Interrupted } from "../../busy.ts";
import { type Key, keyOf, newId, slotOf } from "../slot.ts";
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

/**
 * The part of `ingest` that finds or opens the event's turn, and seals it when the event leaves nothing to wait for. The
 * conversation itself is known already: its row is what is locked.
 */
export function prepareCollect({ db, chance }: Context) {
  const selectCollecting = db.prepare<Key, CollectingRow>(`
    SELECT turn_id, first_event_at, quiet_ms, max_wait_ms, max_events
    FROM turn WHERE slot = $1 AND conversation_id = $2 AND state = 'collecting'`);
  const countEvents = db.prepare<Key, { count: number }>(
    "SELECT count(*) AS count FROM event WHERE slot = $1 AND turn_id = $2",
  );
  const open = db.prepare<[...Key, string, string, number, number, number, number, number, number | null]>(`
    INSERT INTO turn (slot, turn_id, conversation_id, state, quiet_ms, max_wait_ms, max_events, first_event_at, due_at,
                      sealed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`);
  const beginEarlier = db.prepare<[...Key, number, number]>(
    "UPDATE turn SET first_event_at = $3, due_at = least(due_at, $4) WHERE slot = $1 AND turn_id = $2",
  );
  const seal = db.prepare<[...Key, number]>(
    "UPDATE turn SET state = 'ready', sealed_at = $3, due_at = $3 WHERE slot = $1 AND turn_id = $2 AND state = 'collecting'",
  );

  /** The turn's row is left alone unless it is complete: `sealTurn` looks at the events for when the last one came. */
  async function extendTurn(row: CollectingRow, { event, now, interrupted }: NewInTurn): Promise<boolean> {
    const counted = (await countEvents.get(...keyOf(row.turn_id)))?.count ?? 0;
    const eventCount = counted + (interrupted?.eventCount ?? 0) + 1;
    const firstEventAt = interrupted?.firstEventAt ?? row.first_event_at;
    if (interrupted !== null) {
      await beginEarlier.run(...keyOf(row.turn_id), firstEventAt, firstEventAt + row.max_wait_ms);
    }
    // The policy it was opened with: a setting that changed meanwhile never splits a turn.
    const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };
    const immediate = event.effect === "collect-now";
    const ready = dueAt({ firstEventAt, lastEventAt: now, eventCount, immediate }, policy) <= now;
    if (ready) await seal.run(...keyOf(row.turn_id), now);
    return ready;
  }

  async function openTurn(turnId: string, added: NewInTurn): Promise<boolean> {
    const { event, conversationId, now, batch, interrupted } = added;
    const { quietMs, maxWaitMs, maxEvents } = batch;
    const immediate = event.effect === "collect-now";
    const firstEventAt = interrupted?.firstEventAt ?? now;
    const eventCount = (interrupted?.eventCount ?? 0) + 1;
    const due = dueAt({ firstEventAt, lastEventAt: now, eventCount, immediate }, batch);
    const ready = due <= now;
    const state = ready ? "ready" : "collecting";
    const sealedAt = ready ? now : null;
    await open.run(...keyOf(turnId), conversationId, state, quietMs, maxWaitMs, maxEvents, firstEventAt, due, sealedAt);
    return ready;
  }

  return async function collect(added: NewInTurn): Promise<{ turnId: string; ready: boolean } | null> {
    if (added.event.effect === "store") return null;
    const row = await selectCollecting.get(...keyOf(added.conversationId));
    if (row !== undefined) return { turnId: row.turn_id, ready: await extendTurn(row, added) };
    const turnId = newId(chance, "turn", slotOf(added.conversationId));
    return { turnId, ready: await openTurn(turnId, added) };
  };
}
