import type { BatchPolicy } from "../../../core/batch.ts";
import type { WhenBusy } from "../../../core/busy.ts";
import { accountKeyOf } from "../../../core/conversation.ts";
import type { InboundEvent } from "../../../core/event.ts";
import { newId } from "../../id.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { hasButton } from "./slow-reply.ts";

/* Part of `ingest`: events that arrive while the agent works on the conversation. */

/** Row of the turn that the agent works on. */
interface WorkingRow {
  turn_id: string;
  first_event_at: number;
  max_wait_ms: number;
}

/** An event, and what it does while the agent works on its conversation. */
interface ArrivedWhileBusy {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
  readonly busy: WhenBusy;
  /** A turn of its conversation is ready or leased. */
  readonly isBusy: boolean;
}

/** The turn of a skipped event: it gets no answer. */
interface Skipped {
  readonly turnId: string;
}

/** The turn that an event interrupted. */
export interface Interrupted {
  readonly turnId: string;
  readonly firstEventAt: number;
  readonly eventCount: number;
}

// Not when another turn is ready behind it: that one would overtake the interrupted events.
const SELECT_WORKING = statement<{ conversationId: string }, WorkingRow>(
  ({ indexedBy }) => `
  SELECT turn_id, first_event_at, max_wait_ms FROM turn AS t
  WHERE conversation_id = :conversationId AND state = 'leased' AND replied = 0
    AND NOT ${hasButton("t.turn_id")}
    AND NOT EXISTS (SELECT 1 FROM turn ${indexedBy("turn_ready_in_order")}
                    WHERE conversation_id = :conversationId AND state = 'ready')`,
);

interface SkippedTurn {
  turnId: string;
  conversationId: string;
  ofAccount: string;
  quietMs: number;
  maxWaitMs: number;
  maxEvents: number;
  now: number;
}

const SKIP = statement<SkippedTurn>(`
  INSERT INTO turn (turn_id, conversation_id, of_account, state, reason, quiet_ms, max_wait_ms, max_events,
                    first_event_at, due_at, ended_at)
  VALUES (:turnId, :conversationId, :ofAccount, 'skipped', 'the conversation was busy', :quietMs, :maxWaitMs,
          :maxEvents, :now, :now, :now)`);

const COUNT_EVENTS = statement<{ turnId: string }, { count: number }>(
  "SELECT count(*) AS count FROM event WHERE turn_id = :turnId",
);

const CLOSE = statement<{ turnId: string; reason: string; now: number }>(`
  UPDATE turn SET state = 'empty', owner = NULL, lease_expires_at = NULL, fence = fence + 1, reason = :reason,
                  ended_at = :now
  WHERE turn_id = :turnId`);

const MOVE_EVENTS = statement<{ from: string; to: string }>(
  "UPDATE event SET turn_id = :to WHERE turn_id = :from AND state = 'accepted'",
);

const MOVE_TOKENS = statement<{ from: string; to: string }>(`
  UPDATE reply_token SET turn_id = :to
  WHERE event_id IN (SELECT event_id FROM event WHERE turn_id = :to) AND turn_id = :from`);

/** Skips the event in a turn of its own that is final at once, for the history. `null`: it isn't skipped. */
export async function skip(
  tx: Transaction,
  { event, conversationId, now, busy, isBusy }: ArrivedWhileBusy,
  batch: BatchPolicy,
): Promise<Skipped | null> {
  if (busy !== "skip" || event.effect === "store" || !isBusy) return null;
  const { quietMs, maxWaitMs, maxEvents } = batch;
  const turnId = newId(tx.random, "turn", conversationId);
  const ofAccount = accountKeyOf(event.conversation);
  await tx.run(SKIP, { turnId, conversationId, ofAccount, quietMs, maxWaitMs, maxEvents, now });
  return { turnId };
}

/** Ends the agent's turn if the event may interrupt it. The caller reassigns its events to the next turn. */
export async function interrupt(
  tx: Transaction,
  { event, conversationId, now, busy, isBusy }: ArrivedWhileBusy,
): Promise<Interrupted | null> {
  if (busy !== "interrupt" || event.effect === "store" || !isBusy) return null;
  const row = await tx.get(SELECT_WORKING, { conversationId });
  if (row === undefined || now - row.first_event_at >= row.max_wait_ms) return null;
  const { turn_id: turnId } = row;
  const eventCount = (await tx.get(COUNT_EVENTS, { turnId }))?.count ?? 0;
  await tx.run(CLOSE, { turnId, reason: "interrupted: its events are in the next turn", now });
  return { turnId, firstEventAt: row.first_event_at, eventCount };
}

export async function reassignEvents(tx: Transaction, from: string, to: string): Promise<void> {
  await tx.run(MOVE_EVENTS, { from, to });
  await tx.run(MOVE_TOKENS, { from, to });
}
