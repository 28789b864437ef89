/** Small scenarios of a bot, each with something that has gone wrong for somebody. Each runs once without a fault, first. */
import type { LineOptions } from "../../../src/channels/line/index.ts";
import type { GatewaySettings } from "../../../src/config/gateway-settings.ts";
import { answerTo, type Expectations } from "./checker.ts";
import type { AgentScript, World } from "./world.ts";

export interface Scenario {
  readonly name: string;
  readonly people: readonly string[];
  readonly agent?: AgentScript;
  readonly expected?: Expectations;
  /** How the LINE channel is set. Default: as shipped. */
  readonly line?: Partial<LineOptions>;
  /** How the gateway is set, beside what is the same in all. */
  readonly settings?: GatewaySettings;
  readonly play: (world: World) => Promise<void>;
}

const ANN = "U0000000000000000000000000000a000";
const BOB = "U0000000000000000000000000000b000";

export const echo: AgentScript = (turn) => answerTo(turn.text);

/** Says it, and goes on at once: a person doesn't wait for an ack. */
function says(world: World, person: string, text: string): void {
  void world.line.person(person).says(text);
}

/** Refuses the first `failures` attempts at every turn. */
function failing(failures: number): AgentScript {
  return (turn) => {
    if (turn.attempt <= failures) throw new Error("the model is away");
    return answerTo(turn.text);
  };
}

function after(delayMs: number): AgentScript {
  return async (turn, clock) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(delayMs, resolve);
    await promise;
    return answerTo(turn.text);
  };
}

/** Taps the newest button every two seconds, until the answer is there. */
async function tapsUntilAnswered(world: World, person: string, answer: string): Promise<void> {
  for (let taps = 0; taps < 30; taps++) {
    await world.clock.advance(2_000);
    const seen = world.line.seenBy(person);
    if (seen.some(({ text }) => text === answer)) return;
    const data = seen.flatMap(({ message }) => /"data":"([^"]+)"/.exec(JSON.stringify(message))?.[1] ?? []).at(-1);
    if (data !== undefined) void world.line.person(person).taps(data);
  }
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "a burst becomes one turn",
    people: [ANN],
    async play(world) {
      for (const text of ["1", "2", "3"]) says(world, ANN, text);
      await world.untilQuiet();
    },
  },
  {
    name: "a copy comes while the turn is at work",
    people: [ANN],
    agent: after(1_500),
    async play(world) {
      const first = world.line.person(ANN).says("1");
      await world.clock.advance(1_000);
      const eventId = await Promise.race([first.then((posted) => posted.eventId), Promise.resolve(null)]);
      if (eventId !== null) void world.line.redeliver(eventId);
      says(world, ANN, "2");
      await world.untilQuiet();
    },
  },
  {
    name: "an answer comes just before the token's end",
    people: [ANN],
    agent: after(43_500),
    async play(world) {
      says(world, ANN, "1");
      await world.untilQuiet();
    },
  },
  {
    name: "the agent fails twice",
    people: [ANN],
    agent: failing(2),
    async play(world) {
      says(world, ANN, "1");
      await world.clock.advance(1_000);
      says(world, ANN, "2");
      await world.untilQuiet();
    },
  },
  {
    name: "an answer comes after the token's death and is pushed",
    people: [ANN],
    agent: after(55_000),
    async play(world) {
      says(world, ANN, "1");
      await world.untilQuiet();
    },
  },
  {
    name: "seven replies go in two calls",
    people: [ANN],
    agent: (turn) => [answerTo(turn.text), ..."bcdefg"],
    async play(world) {
      says(world, ANN, "1");
      await world.untilQuiet();
    },
  },
  {
    name: "a reply is accepted and its answer lost, and a push after it",
    people: [ANN],
    agent: (turn) => [answerTo(turn.text), ..."bcdefg"],
    async play(world) {
      world.line.faults.next("reply", { at: "after-accept", how: "disconnect" });
      world.line.faults.next("push", { at: "after-accept", how: 500 });
      says(world, ANN, "1");
      await world.untilQuiet();
    },
  },
  {
    name: "a slow answer waits for the tap on its button",
    people: [ANN],
    agent: after(6_000),
    line: { slowReply: "button", slowReplyAfterMs: 2_500 },
    async play(world) {
      says(world, ANN, "1");
      await tapsUntilAnswered(world, ANN, answerTo("1"));
      await world.untilQuiet();
    },
  },
  {
    name: "a used-up quota parks an answer until the person writes again",
    people: [ANN],
    agent: (turn, clock) => (turn.text === "1" ? after(55_000)(turn, clock) : answerTo(turn.text)),
    expected: { mayPark: true },
    async play(world) {
      world.line.quota.limit = 0;
      says(world, ANN, "1");
      await world.clock.advance(70_000);
      says(world, ANN, "2");
      await world.untilQuiet();
    },
  },
  {
    name: "two conversations are interleaved",
    people: [ANN, BOB],
    async play(world) {
      says(world, ANN, "1");
      says(world, BOB, "1");
      await world.clock.advance(300);
      says(world, BOB, "2");
      await world.clock.advance(600);
      says(world, ANN, "2");
      await world.untilQuiet();
    },
  },
  {
    name: "a process ends in the middle and another goes on",
    people: [ANN],
    agent: after(800),
    async play(world) {
      says(world, ANN, "1");
      await world.clock.advance(900);
      await world.restart();
      says(world, ANN, "2");
      await world.untilQuiet();
    },
  },
];
