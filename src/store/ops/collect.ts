import { type BatchPolicy, dueAt } from "../../core/batch.ts";
import type { InboundEvent } from "../../core/event.ts";
import { newId } from "../id.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import type { Interrupted } from "./busy.ts";
import type { CollectingTurn } from "./conversation-state.ts";
import { markReady } from "./seal-turn.ts";

interface NewInTurn {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
  readonly batch: BatchPolicy;
  readonly collecting: CollectingTurn | null;
  /** Its events are about to be in this turn too, and its first event is this turn's. */
  readonly interrupted: Interrupted | null;
}

const COUNT_EVENTS = statement<{ turnId: string }, { count: number }>(
  "SELECT count(*) AS count FROM event WHERE turn_id = :turnId",
);

interface NewTurn {
  turnId: string;
  conversationId: string;
  state: "ready" | "collecting";
  quietMs: number;
  maxWaitMs: number;
  maxEvents: number;
  firstEventAt: number;
  due: number;
  sealedAt: number | null;
}

const OPEN = statement<NewTurn>(`
  INSERT INTO turn (turn_id, conversation_id, state, quiet_ms, max_wait_ms, max_events, first_event_at, due_at, sealed_at)
  VALUES (:turnId, :conversationId, :state, :quietMs, :maxWaitMs, :maxEvents, :firstEventAt, :due, :sealedAt)`);

const BEGIN_EARLIER = statement<{ turnId: string; firstEventAt: number; dueAt: number }>(
  ({ least }) =>
    `UPDATE turn SET first_event_at = :firstEventAt, due_at = ${least("due_at", ":dueAt")} WHERE turn_id = :turnId`,
);

/**
 * Part of `ingest`: finds or opens the event's turn, and seals it when it is due with this event. `null`: the event opens
 * no turn.
 */
export async function collect(
  tx: Transaction,
  added: NewInTurn,
): Promise<{ readonly turnId: string; readonly ready: boolean } | null> {
  if (added.event.effect === "store") return null;
  const { collecting } = added;
  if (collecting !== null) return { turnId: collecting.turnId, ready: await extendTurn(tx, collecting, added) };
  const turnId = newId(tx.random, "turn", added.conversationId);
  return { turnId, ready: await openTurn(tx, turnId, added) };
}

/** Writes the turn's row only when it is complete: `sealTurn` reads the last event's time from the events. */
async function extendTurn(
  tx: Transaction,
  // The policy it was opened with: a changed setting never splits a turn.
  { turnId, firstEventAt: ownFirstEventAt, policy }: CollectingTurn,
  { event, now, interrupted }: NewInTurn,
): Promise<boolean> {
  const counted = (await tx.get(COUNT_EVENTS, { turnId }))?.count ?? 0;
  const eventCount = counted + (interrupted?.eventCount ?? 0) + 1;
  const firstEventAt = interrupted?.firstEventAt ?? ownFirstEventAt;
  if (interrupted !== null) {
    await tx.run(BEGIN_EARLIER, { turnId, firstEventAt, dueAt: firstEventAt + policy.maxWaitMs });
  }
  const immediate = event.effect === "collect-now";
  const ready = dueAt({ firstEventAt, lastEventAt: now, eventCount, immediate }, policy) <= now;
  if (ready) await markReady(tx, turnId, now);
  return ready;
}

async function openTurn(tx: Transaction, turnId: string, added: NewInTurn): Promise<boolean> {
  const { event, conversationId, now, batch, interrupted } = added;
  const immediate = event.effect === "collect-now";
  const firstEventAt = interrupted?.firstEventAt ?? now;
  const eventCount = (interrupted?.eventCount ?? 0) + 1;
  const due = dueAt({ firstEventAt, lastEventAt: now, eventCount, immediate }, batch);
  const ready = due <= now;
  const { quietMs, maxWaitMs, maxEvents } = batch;
  const state = ready ? "ready" : "collecting";
  const sealedAt = ready ? now : null;
  const turn = { turnId, conversationId, state, quietMs, maxWaitMs, maxEvents, firstEventAt, due, sealedAt } as const;
  await tx.run(OPEN, turn);
  return ready;
}
