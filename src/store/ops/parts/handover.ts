import { type Sayer, sayerOf } from "../../../core/answered-by.ts";
import type { InboundEvent } from "../../../core/event.ts";
import { statement } from "../../statement.ts";
import type { HandoverPolicy } from "../../store.ts";
import type { Transaction } from "../../transaction.ts";
import type { ConversationState } from "./conversation-state.ts";
import { isUntouched } from "./turn-events.ts";

/* Part of `ingest`: the pause of the bot while a human agent answers by hand. */

/** An event at the moment at which it is taken in. */
export interface ArrivedEvent {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
}

/** `paused`: the bot pauses from now on, or for longer. `greeting`: it was the platform's automatic greeting, or shows that one was. */
export type Handover = "paused" | "greeting";

const PAUSE = statement<{ conversationId: string; until: number; earlyEchoAt: number | null }>(
  ({ greatest }) => `
  UPDATE conversation SET paused_until = ${greatest("paused_until", ":until")}, early_echo_at = :earlyEchoAt
  WHERE conversation_id = :conversationId`,
);

const LIFT = statement<{ conversationId: string }>(
  "UPDATE conversation SET paused_until = NULL, early_echo_at = NULL WHERE conversation_id = :conversationId",
);

const CONFIRM = statement<{ conversationId: string }>(
  "UPDATE conversation SET early_echo_at = NULL WHERE conversation_id = :conversationId",
);

// What no agent has had is the human agent's to answer. It becomes context, and its turn, without events, is closed as empty.
const LEAVE_TO_HUMAN = statement<{ conversationId: string; sentUntil: number }>(`
  UPDATE event SET turn_id = NULL, state = 'stored'
  WHERE state = 'accepted' AND sent_at <= :sentUntil AND turn_id IN (SELECT t.turn_id FROM turn AS t
    WHERE t.conversation_id = :conversationId AND ${isUntouched("t")})`);

/** So many newest turns show whether a message was the person's first. */
const TURNS_SEARCHED = 20;

// By turn, because a message that was left to a human agent has no turn any more: then its turn's own time counts.
const SELECT_WRITTEN = statement<{ conversationId: string; limit: number }, { at: number }>(`
  SELECT coalesce((SELECT min(e.sent_at) FROM event AS e WHERE e.turn_id = t.turn_id AND e.sent_at > 0),
                  t.first_event_at) AS at
  FROM turn AS t WHERE t.conversation_id = :conversationId ORDER BY t.seq DESC LIMIT :limit`);

/** The pause as it is when the event comes. */
export interface Pause {
  readonly isPaused: boolean;
  /** When the answer that it rests on was sent, if it may be the automatic greeting of a message that hasn't come yet. */
  readonly earlyEchoAt: number | null;
  /** It was such a greeting, as the event shows: the pause is lifted. */
  readonly isLifted: boolean;
}

const NO_PAUSE: Pause = { isPaused: false, earlyEchoAt: null, isLifted: false };

/** The pause when the event comes. A person's message may show whose the answer was that the pause rests on. */
export async function pauseAt(
  tx: Transaction,
  { event, conversationId, now }: ArrivedEvent,
  { pausedUntil, earlyEchoAt }: Pick<ConversationState, "pausedUntil" | "earlyEchoAt">,
  policy: HandoverPolicy | undefined,
): Promise<Pause> {
  if (now >= pausedUntil) return NO_PAUSE;
  const paused = { isPaused: true, earlyEchoAt, isLifted: false };
  if (earlyEchoAt === null || policy === undefined || event.effect === "store" || event.sentAt === 0) return paused;
  const sayer = sayerOf(earlyEchoAt, [event.sentAt], policy.greetingMs);
  if (sayer === "greeting") {
    await tx.run(LIFT, { conversationId });
    return { ...NO_PAUSE, isLifted: true };
  }
  if (sayer === "early") return paused;
  await tx.run(CONFIRM, { conversationId });
  return { ...paused, earlyEchoAt: null };
}

/** The event as it counts here: during a handover it opens no turn. */
export function effectiveEvent(event: InboundEvent, { isPaused }: Pause): InboundEvent {
  return isPaused && event.effect !== "store" ? { ...event, effect: "store" } : event;
}

/**
 * Begins or prolongs the pause, if the event is a human agent's answer: counted from when that was sent. `null`: it isn't, or
 * there is no pause, or it is over by now.
 */
export async function begin(
  tx: Transaction,
  { event, conversationId, now }: ArrivedEvent,
  pause: Pause,
  policy: HandoverPolicy | undefined,
): Promise<Handover | null> {
  if (pause.isLifted) return "greeting";
  if (event.answeredBy === undefined || policy === undefined || policy.pauseMs === 0) return null;
  const at = event.sentAt > 0 ? event.sentAt : tx.wall();
  const sayer = event.answeredBy === "human" ? "human" : await sayerNow(tx, conversationId, at, pause, policy);
  if (sayer === "greeting") return "greeting";
  // A webhook may be late by days, and the platform's clock may be ahead of ours.
  const until = now - Math.max(0, tx.wall() - at) + policy.pauseMs;
  const isOver = until <= now;
  const earlyEchoAt = sayer === "early" ? Math.min(at, pause.earlyEchoAt ?? at) : null;
  if (!isOver) await tx.run(PAUSE, { conversationId, until, earlyEchoAt });
  // What came since belongs to the pause, too, unless that is over: then the agent answers it.
  await tx.run(LEAVE_TO_HUMAN, { conversationId, sentUntil: isOver ? at : Number.MAX_SAFE_INTEGER });
  return isOver ? null : "paused";
}

/**
 * An operator takes the conversation over until then: as a human agent's answer that is sent now, so that what no agent has had
 * is left to the operator. A longer pause stays.
 */
export async function pause(tx: Transaction, conversationId: string, until: number): Promise<void> {
  await tx.run(PAUSE, { conversationId, until, earlyEchoAt: null });
  await tx.run(LEAVE_TO_HUMAN, { conversationId, sentUntil: Number.MAX_SAFE_INTEGER });
}

/** The operator gives it back: the bot answers what comes from now on, and reads what was said meanwhile. */
export async function resume(tx: Transaction, conversationId: string): Promise<void> {
  await tx.run(LIFT, { conversationId });
}

/** Whose an answer is that names no app. During a pause it is a human's, unless it came with one that was early itself. */
async function sayerNow(
  tx: Transaction,
  conversationId: string,
  at: number,
  { isPaused, earlyEchoAt }: Pause,
  { greetingMs }: HandoverPolicy,
): Promise<Sayer> {
  if (isPaused) return earlyEchoAt !== null && Math.abs(at - earlyEchoAt) <= greetingMs ? "early" : "human";
  const turns = await tx.all(SELECT_WRITTEN, { conversationId, limit: TURNS_SEARCHED });
  return sayerOf(
    at,
    turns.map((turn) => turn.at),
    greetingMs,
  );
}
