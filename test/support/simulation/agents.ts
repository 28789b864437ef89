/** Bots of every kind, and what each was asked and said. */
import { type Agent, type AgentOutcome, connectionEnded } from "../../../src/agents/agent.ts";
import { NoAnswer, type Turn, type TurnFunction } from "../../../src/agents/client/turn.ts";
import { inProcessAgent } from "../../../src/agents/in-process.ts";
import type { WireTurn } from "../../../src/agents/protocol.ts";
import { pause } from "../../../src/runtime/clock.ts";
import { type Handed, MANNERS, type Manner } from "./handed.ts";
import { type PostingOptions, postInParts, postLater, sayInParts } from "./posting.ts";

/** Longer than a reply token lives here, shorter than an agent may take. */
const LATE_MS = 8_500;

/** A reply without a type: nothing of it can be said. */
const UNREADABLE = [{}];

export interface Bots {
  readonly agent: Agent;
  /** The same bots, for our client: they answer while the turn is with them, and never by the reply API. */
  readonly answer: TurnFunction;
  readonly handed: Handed[];
  /** From now on every bot answers at once. */
  calm(): void;
}

export interface BotsOptions extends PostingOptions {
  /** Part of the turns that meet an odd bot. */
  readonly oddness: number;
  readonly onManner: (manner: Manner) => void;
  /** The one name of the chat that a turn is of. */
  readonly chatOf: (turn: WireTurn) => string;
  /** The manner that a local fault gives a bot for that chat; `null`: none, but what is odd in general. */
  readonly localManner: (chat: string) => Manner | null;
  /** Replies of the longest answer. */
  readonly repliesMax: number;
}

export function bots(options: BotsOptions): Bots {
  const { clock, prng } = options;
  const handed: Handed[] = [];
  let isCalm = false;
  const speaking = inProcessAgent((turn) => speak(turn));

  /** A bot that is asked again is often slow: then an answer to the earlier call may come in the middle. */
  function mannerFor(attempt: number): Manner {
    return attempt > 1 && prng.happens(0.5) ? "slow" : prng.pick(MANNERS);
  }

  function meet(turn: WireTurn): Handed {
    const numbers = turn.events.flatMap((event) => {
      const said = event.postback?.data ?? event.message?.text;
      return typeof said === "string" ? [Number(said)] : [];
    });
    const person = options.chatOf(turn);
    const odd = isCalm ? null : options.localManner(person);
    const manner = odd ?? (isCalm || !prng.happens(options.oddness) ? "quick" : mannerFor(turn.attempt));
    const isMute = manner === "mute" || manner === "unreadable" || numbers.length === 0;
    const inParts = manner === "in parts" && !isMute;
    const count = isMute
      ? 0
      : inParts
        ? prng.between(2, 7)
        : isCalm || prng.happens(0.6)
          ? 1
          : prng.between(2, options.repliesMax);
    const { turnId, fence } = turn;
    // Turn and fence in each bubble show which of several tries it comes from.
    const replies = repliesOf(`re ${numbers.join(",")} in ${turnId} @${fence}`, count);
    const met: Handed = { at: clock.now(), turnId, fence, person, numbers, manner, replies, parts: [] };
    handed.push(met);
    options.onManner(manner);
    return met;
  }

  async function speak(turn: WireTurn): Promise<unknown> {
    const met = meet(turn);
    await dwell(met, options);
    return met.manner === "unreadable" ? UNREADABLE : met.replies;
  }

  async function answer(turn: Turn): Promise<unknown> {
    const met = meet(turn);
    await dwell(met, options);
    if (met.manner === "refuses") throw new NoAnswer("I never answer this");
    if (met.manner !== "in parts") return met.replies;
    await sayInParts(turn, met, options);
    return [];
  }

  const agent: Agent = {
    ...speaking,
    async invoke(turn, signal): Promise<AgentOutcome> {
      const outcome = await speaking.invoke(turn, signal);
      const met = handed.find(({ turnId, fence }) => turnId === turn.turnId && fence === turn.fence);
      if (met?.manner === "drops") return connectionEnded(turn, "the agent's connection ended");
      if (met?.manner === "refuses") return { kind: "rejected", reason: "I never answer this" };
      if (met?.manner === "in parts" && met.replies.length > 0) {
        void postInParts(met, options);
        return { kind: "accepted" };
      }
      if (met?.manner !== "later" && met?.manner !== "later twice") return outcome;
      void postLater(met, options);
      return { kind: "accepted" };
    },
  };
  return { agent, answer, handed, calm: () => (isCalm = true) };
}

async function dwell({ manner }: Handed, { clock, prng }: BotsOptions): Promise<void> {
  if (manner === "slow") await pause(clock, prng.between(500, 9_000));
  if (manner === "late") await pause(clock, LATE_MS + prng.between(0, 3_000));
  if (manner === "hangs") await pause(clock, 20_000);
  if (manner === "fails" || manner === "drops") throw new Error("the model is away");
}

function repliesOf(words: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, part) => `${words} ${part + 1}/${count}`);
}
