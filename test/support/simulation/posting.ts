/** Bots that answer through the reply API: late, twice, or in parts. */
import type { Turn } from "../../../src/agents/client/turn.ts";
import { type Clock, pause } from "../../../src/runtime/clock.ts";
import { AGENT_TIMEOUT_MS, type Handed, type Part } from "./handed.ts";
import type { Prng } from "./seeded-prng.ts";

export interface PostingOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  /** A part of an answer is about to be posted. */
  readonly recordPart: (turnId: string) => void;
  /** One is about to be repeated. */
  readonly onRepeat: (state: "answered" | "leased") => void;
  /** Posts to the reply API; the status, or `null` when nobody was there. */
  readonly postDeferredReply: (turnId: string, body: string) => Promise<number | null>;
}

/** A bot that numbers its posts may repeat one: it is taken once. One that doesn't must never say a part again. */
const NUMBERED = 0.5;

/** How long such a bot waits for the word on a post before it repeats it, and how often it does. */
const PATIENCE_MS = 3_000;
const TRIES_MAX = 5;

export async function postLater(handed: Handed, options: PostingOptions): Promise<void> {
  const { turnId, fence, replies, manner } = handed;
  const { clock, prng } = options;
  const number = prng.happens(NUMBERED) ? { seq: 1 } : {};
  const body = JSON.stringify({ fence, replies, done: true, ...number });
  // Some say that they answer later, and do so only when others were asked already.
  if (prng.happens(0.3)) await pause(clock, AGENT_TIMEOUT_MS);
  for (let tries = manner === "later twice" ? 2 : 1, failures = 0; tries > 0 && failures < 5; ) {
    await pause(clock, prng.between(100, 4_000));
    const status = await options.postDeferredReply(turnId, body);
    if (status === null || status === 503) failures += 1;
    else tries -= 1;
  }
}

/** One part after another. */
export async function postInParts(handed: Handed, options: PostingOptions): Promise<void> {
  const { turnId, fence, replies, parts } = handed;
  const { clock, prng } = options;
  const isNumbered = prng.happens(NUMBERED);
  const stopsAfter = prng.happens(0.15) ? prng.between(1, replies.length) : Number.POSITIVE_INFINITY;
  for (let said = 0; said < replies.length && parts.length < stopsAfter; ) {
    const part = replies.slice(said, said + prng.between(1, 3));
    said += part.length;
    await pause(clock, prng.between(50, 2_500));
    const number = isNumbered ? { seq: parts.length + 1 } : {};
    const body = JSON.stringify({ fence, replies: part, done: said >= replies.length, ...number });
    options.recordPart(turnId);
    const posted: Part = { replies: part, status: null };
    parts.push(posted);
    if (!isNumbered) posted.status = await options.postDeferredReply(turnId, body);
    else if (!(await postNumbered(posted, () => options.postDeferredReply(turnId, body), options))) return;
  }
}

/** The same over a socket: the client waits for the word on each part, and says it again by itself. */
export async function sayInParts(
  turn: Turn,
  { turnId, replies, parts }: Handed,
  options: PostingOptions,
): Promise<void> {
  const { clock, prng } = options;
  for (let said = 0; said < replies.length; ) {
    const part = replies.slice(said, said + prng.between(1, 3));
    said += part.length;
    await pause(clock, prng.between(50, 2_500));
    options.recordPart(turnId);
    await turn.reply(...part);
    // Without a word on it, because the turn was lost meanwhile, it may count all the same.
    const posted: Part = { replies: part, status: null };
    parts.push(posted);
    await turn.flush();
    posted.status = 200;
  }
}

/** Until there is a word on it, and sometimes once more. False: there is none, so what follows may not be said. */
async function postNumbered(posted: Part, post: () => Promise<number | null>, options: PostingOptions) {
  const { clock, prng } = options;
  let hasWord = false;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const status = await Promise.race([post(), pause(clock, PATIENCE_MS).then(() => null)]);
    // A refusal after a try without a word says nothing of that try.
    if (status === 200 || tries === 0) posted.status = status;
    hasWord ||= status !== null && status !== 503;
    if (hasWord && !prng.happens(0.3)) return true;
    options.onRepeat(handedOver(posted));
    await pause(clock, prng.between(50, 1_500));
  }
  return hasWord;
}

function handedOver({ status }: Part): "answered" | "leased" {
  return status === 200 ? "answered" : "leased";
}
