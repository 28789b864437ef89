import type { InboundEvent } from "../../core/event.ts";
import { mayBeGreeting } from "../../core/handover.ts";
import { statement } from "../statement.ts";
import type { HandoverPolicy } from "../store.ts";
import type { Transaction } from "../transaction.ts";

/* Part of `ingest`: the pause of the bot while a human agent answers by hand. */

interface Arrived {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
}

/** `paused`: the bot pauses from now on, or for longer. `greeting`: it was the platform's automatic greeting. */
export type Handover = "paused" | "greeting";

const PAUSE = statement<{ conversationId: string; until: number }>(
  ({ greatest }) => `
  UPDATE conversation SET paused_until = ${greatest("paused_until", ":until")}
  WHERE conversation_id = :conversationId`,
);

// What no agent has had is the human agent's to answer. It becomes context, and its turn, without events, is closed as empty.
const LEAVE_TO_HUMAN = statement<{ conversationId: string; sentUntil: number }>(`
  UPDATE event SET turn_id = NULL, state = 'stored'
  WHERE state = 'accepted' AND sent_at <= :sentUntil AND turn_id IN (SELECT turn_id FROM turn
    WHERE conversation_id = :conversationId AND state IN ('collecting', 'ready') AND attempt = 0)`);

/** So many newest turns show whether a message was the person's first. */
const TURNS_SEARCHED = 20;

// By turn, because a message that was left to a human agent has no turn any more: then its turn's own time counts.
const SELECT_WRITTEN = statement<{ conversationId: string; limit: number }, { at: number }>(`
  SELECT coalesce((SELECT min(e.sent_at) FROM event AS e WHERE e.turn_id = t.turn_id AND e.sent_at > 0),
                  t.first_event_at) AS at
  FROM turn AS t WHERE t.conversation_id = :conversationId ORDER BY t.seq DESC LIMIT :limit`);

/** The event as it counts here: during a handover it opens no turn. */
export function effectiveEvent(event: InboundEvent, isPaused: boolean): InboundEvent {
  return isPaused && event.effect !== "store" ? { ...event, effect: "store" } : event;
}

/**
 * Begins or prolongs the pause, if the event is a human agent's answer: counted from when that was sent. `null`: it isn't, or
 * there is no pause, or it is over by now.
 */
export async function begin(
  tx: Transaction,
  { event, conversationId, now }: Arrived,
  isPaused: boolean,
  policy: HandoverPolicy | undefined,
): Promise<Handover | null> {
  if (event.answeredBy === undefined || policy === undefined || policy.pauseMs === 0) return null;
  if (event.answeredBy === "maybe-greeting" && !isPaused) {
    const turns = await tx.all(SELECT_WRITTEN, { conversationId, limit: TURNS_SEARCHED });
    const writtenAt = turns.map((turn) => turn.at);
    if (mayBeGreeting(event.sentAt > 0 ? event.sentAt : now, writtenAt, policy.greetingMs)) return "greeting";
  }
  const until = now - ageOf(tx, event) + policy.pauseMs;
  const isOver = until <= now;
  if (!isOver) await tx.run(PAUSE, { conversationId, until });
  // What came since belongs to the pause, too, unless that is over: then the agent answers it.
  await tx.run(LEAVE_TO_HUMAN, { conversationId, sentUntil: isOver ? event.sentAt : Number.MAX_SAFE_INTEGER });
  return isOver ? null : "paused";
}

/** How long ago it was sent, in ms. A webhook may be late by days; the platform's clock may be ahead of ours. */
function ageOf(tx: Transaction, event: InboundEvent): number {
  return event.sentAt > 0 ? Math.max(0, tx.wall() - event.sentAt) : 0;
}
