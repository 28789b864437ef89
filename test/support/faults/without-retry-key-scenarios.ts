/** Small scenarios of a bot on a platform without a retry key. Each runs once without a fault, first. */
import type { WireTurn } from "../../../src/agents/protocol.ts";
import type { Fault } from "../../../src/channels/simulation/faults.ts";
import { pause } from "../../../src/runtime/clock.ts";
import type { ManualClock } from "../manual-clock.ts";

export const SECOND = 1_000;

export interface Scene {
  readonly clock: ManualClock;
  readonly platform: {
    says(person: number, text: string): void;
    repeats(): void;
    fault(fault: Fault): void;
  };
  /** The process is asked to end, and another begins. */
  restart(): Promise<void>;
}

export interface BotScenario {
  readonly name: string;
  /** What each person says, and is answered once each. */
  readonly said: readonly (readonly string[])[];
  readonly agent: (turn: WireTurn, clock: ManualClock) => unknown;
  /** Default 0: receipts come before the answer to the call. */
  readonly receiptDelayMs?: number;
  readonly play: (scene: Scene) => Promise<void>;
}

const echo = (turn: WireTurn) => [`re: ${turn.text}`];

function after(delayMs: number): BotScenario["agent"] {
  return async (turn, clock) => {
    await pause(clock, delayMs);
    return echo(turn);
  };
}

function failing(failures: number): BotScenario["agent"] {
  return (turn) => {
    if (turn.attempt <= failures) throw new Error("the model is away");
    return echo(turn);
  };
}

/** One message some time after the other. */
async function saysBoth({ platform, clock }: Scene): Promise<void> {
  for (const text of ["one", "two"]) {
    platform.says(0, text);
    await clock.advance(3 * SECOND);
  }
}

export const SCENARIOS: readonly BotScenario[] = [
  { name: "two messages, one after the other", said: [["one", "two"]], agent: echo, play: saysBoth },
  {
    name: "receipts come when the fault has been met",
    said: [["one", "two"]],
    agent: echo,
    receiptDelayMs: 2_500,
    play: saysBoth,
  },
  {
    name: "a call is accepted and its answer lost, and its receipt comes late",
    said: [["one"]],
    agent: echo,
    receiptDelayMs: 2_500,
    async play({ platform, clock }) {
      platform.fault({ at: "after-accept", how: "disconnect" });
      platform.says(0, "one");
      await clock.advance(3 * SECOND);
    },
  },
  {
    name: "a copy comes while the turn is at work",
    said: [["one", "two"]],
    agent: after(1_500),
    async play({ platform, clock }) {
      platform.says(0, "one");
      await clock.advance(1_000);
      platform.repeats();
      await clock.advance(3 * SECOND);
      platform.says(0, "two");
      await clock.advance(3 * SECOND);
    },
  },
  {
    name: "the agent fails twice",
    said: [["one"]],
    agent: failing(2),
    async play({ platform, clock }) {
      platform.says(0, "one");
      await clock.advance(8 * SECOND);
    },
  },
  {
    name: "a process is asked to end in the middle, and another goes on",
    said: [["one", "two"]],
    agent: after(800),
    async play({ platform, clock, restart }) {
      platform.says(0, "one");
      await clock.advance(900);
      await restart();
      platform.says(0, "two");
      await clock.advance(3 * SECOND);
    },
  },
  {
    name: "two conversations are interleaved",
    said: [["one", "two"], ["three"]],
    agent: echo,
    async play({ platform, clock }) {
      platform.says(0, "one");
      platform.says(1, "three");
      await clock.advance(2 * SECOND);
      platform.says(0, "two");
      await clock.advance(2 * SECOND);
    },
  },
];
