/** Bots that answer through the reply API: late, twice, or in parts. */
import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { Dice } from "./dice.ts";
import { AGENT_TIMEOUT_MS, type Handed, type Part } from "./handed.ts";

export interface PostingOptions {
  readonly clock: Clock;
  readonly dice: Dice;
  /** A part of an answer is about to be posted. */
  readonly notePart: (turnId: string) => void;
  /** Posts to the reply API; the status, or `null` when nobody was there. */
  readonly answerLater: (turnId: string, body: string) => Promise<number | null>;
}

export async function postLater(handed: Handed, options: PostingOptions): Promise<void> {
  const { turnId, fence, replies, manner } = handed;
  const { clock, dice } = options;
  const body = JSON.stringify({ fence, replies, done: true });
  // Some say that they answer later, and do so only when others were asked already.
  if (dice.happens(0.3)) await pause(clock, AGENT_TIMEOUT_MS);
  for (let tries = manner === "later twice" ? 2 : 1, failures = 0; tries > 0 && failures < 5; ) {
    await pause(clock, dice.between(100, 4_000));
    const status = await options.answerLater(turnId, body);
    if (status === null || status === 503) failures += 1;
    else tries -= 1;
  }
}

/** One part after another; an answer that is lost is not known to be lost, and a part is never said twice. */
export async function postInParts(handed: Handed, options: PostingOptions): Promise<void> {
  const { turnId, fence, replies, parts } = handed;
  const { clock, dice } = options;
  const stopsAfter = dice.happens(0.15) ? dice.between(1, replies.length) : Number.POSITIVE_INFINITY;
  for (let said = 0; said < replies.length && parts.length < stopsAfter; ) {
    const part = replies.slice(said, said + dice.between(1, 3));
    said += part.length;
    await pause(clock, dice.between(50, 2_500));
    const body = JSON.stringify({ fence, replies: part, done: said >= replies.length });
    options.notePart(turnId);
    const posted: Part = { replies: part, status: null };
    parts.push(posted);
    posted.status = await options.answerLater(turnId, body);
  }
}
