/** Bots of every kind, and what each was asked and said. */
import type { Agent, AgentOutcome } from "../../../src/agents/agent.ts";
import { inProcessAgent } from "../../../src/agents/in-process.ts";
import type { WireTurn } from "../../../src/agents/protocol.ts";
import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { Dice } from "./dice.ts";

/** One handing out of a turn. */
export interface Handed {
  readonly at: number;
  readonly turnId: string;
  readonly fence: number;
  readonly person: string;
  /** The numbers that the person said, in the turn's order. */
  readonly numbers: readonly number[];
  readonly manner: Manner;
  /** What this agent says, if it comes to that. */
  readonly replies: readonly string[];
  /** Those of a bot that answers in parts, as they were posted. */
  readonly parts: Part[];
}

export interface Part {
  readonly replies: readonly string[];
  /** `null` when nobody was there, or nobody has answered yet. */
  status: number | null;
}

const MANNERS = [
  "quick",
  "slow",
  "late",
  "fails",
  "hangs",
  "refuses",
  "later",
  "later twice",
  "in parts",
  "mute",
] as const;
export type Manner = (typeof MANNERS)[number];

export const AGENT_TIMEOUT_MS = 12_000;

/** Longer than a reply token lives here, shorter than an agent may take. */
const LATE_MS = 8_500;

export interface Bots {
  readonly agent: Agent;
  readonly handed: Handed[];
  /** From now on every bot answers at once. */
  calm(): void;
}

export interface BotsOptions {
  readonly clock: Clock;
  readonly dice: Dice;
  /** Part of the turns that meet an odd bot. */
  readonly oddness: number;
  readonly note: (manner: Manner) => void;
  /** A part of an answer is about to be posted. */
  readonly notePart: (turnId: string) => void;
  /** Posts to the reply API; the status, or `null` when nobody was there. */
  readonly answerLater: (turnId: string, body: string) => Promise<number | null>;
}

export function bots(options: BotsOptions): Bots {
  const { clock, dice } = options;
  const handed: Handed[] = [];
  let isCalm = false;
  const speaking = inProcessAgent((turn) => speak(turn));

  /** A bot that is asked again is often slow: then an answer to the earlier asking may come in the middle. */
  function mannerFor(attempt: number): Manner {
    return attempt > 1 && dice.happens(0.5) ? "slow" : dice.pick(MANNERS);
  }

  function meet(turn: WireTurn): Handed {
    const numbers = turn.events.flatMap((event) => {
      const said = event.postback?.data ?? event.message?.text;
      return typeof said === "string" ? [Number(said)] : [];
    });
    const manner = isCalm || !dice.happens(options.oddness) ? "quick" : mannerFor(turn.attempt);
    const isMute = manner === "mute" || numbers.length === 0;
    const inParts = manner === "in parts" && !isMute;
    const count = isMute ? 0 : inParts ? dice.between(2, 7) : isCalm || dice.happens(0.6) ? 1 : dice.between(2, 12);
    const { turnId, fence } = turn;
    // Turn and fence in each bubble show which of several tries it comes from.
    const words = `re ${numbers.join(",")} in ${turnId} @${fence}`;
    const replies = Array.from({ length: count }, (_, part) => `${words} ${part + 1}/${count}`);
    const person = turn.conversation.peerId;
    const met: Handed = { at: clock.now(), turnId, fence, person, numbers, manner, replies, parts: [] };
    handed.push(met);
    options.note(manner);
    return met;
  }

  async function speak(turn: WireTurn): Promise<unknown> {
    const { manner, replies } = meet(turn);
    if (manner === "slow") await pause(clock, dice.between(500, 9_000));
    if (manner === "late") await pause(clock, LATE_MS + dice.between(0, 3_000));
    if (manner === "hangs") await pause(clock, 20_000);
    if (manner === "fails") throw new Error("the model is away");
    return replies;
  }

  async function postLater({ turnId, fence, replies, manner }: Handed): Promise<void> {
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
  async function postInParts({ turnId, fence, replies, parts }: Handed): Promise<void> {
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

  const agent: Agent = {
    ...speaking,
    async invoke(turn, signal): Promise<AgentOutcome> {
      const outcome = await speaking.invoke(turn, signal);
      const met = handed.find(({ turnId, fence }) => turnId === turn.turnId && fence === turn.fence);
      if (met?.manner === "refuses") return { kind: "rejected", reason: "I never answer this" };
      if (met?.manner === "in parts" && met.replies.length > 0) {
        void postInParts(met);
        return { kind: "accepted" };
      }
      if (met?.manner !== "later" && met?.manner !== "later twice") return outcome;
      void postLater(met);
      return { kind: "accepted" };
    },
  };
  return { agent, handed, calm: () => (isCalm = true) };
}
