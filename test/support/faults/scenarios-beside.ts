/** Something that stays wrong for some people while somebody else writes: it must cost them nothing (G12), whatever dies. */
import { answerTo } from "./checker.ts";
import type { Scenario } from "./scenarios.ts";
import type { AgentScript, World } from "./world.ts";

const ILL = ["a", "b", "c"].map((letter) => `U0000000000000000000000000000${letter}000`);
const WELL = "U0000000000000000000000000000e000";

/** For how long after their message; an agent that hangs is left alone after as long. */
const ILL_MS = 30_000;

/** One place more than the ill can take. */
const SETTINGS = {
  maxTurnsAtOnce: ILL.length + 1,
  maxCallsAtOnce: ILL.length + 1,
  agentTimeoutMs: ILL_MS,
} as const;

/**
 * From the ack until somebody well has an answer. Their turn collects for 2 s at most; whoever takes over does so within a
 * lease (5 s), or within that of a call (its limit of 10 s, and 3 s to store what it brought); what a lost wake-up missed
 * is found by a poll (5 s); and a call or an answer that was lost on the way is tried again after a second. All of it at
 * once is the most that one fault can cost, and less than the ill are kept for.
 */
const SOON_MS = 2_000 + 5_000 + 13_000 + 5_000 + 1_000;

/** What is well is answered at once. */
function ill(meet: AgentScript): AgentScript {
  return (turn, clock) => {
    const saidAt = Date.parse(turn.events[0]?.receivedAt ?? "");
    const isIll = ILL.includes(turn.conversation.peerId) && clock.now() - saidAt < ILL_MS;
    return isIll ? meet(turn, clock) : answerTo(turn.text);
  };
}

/** The ill first, so that they have their places when the other comes. */
async function talk(world: World): Promise<void> {
  for (const person of ILL) void world.line.person(person).says("1");
  await world.clock.advance(1_000);
  void world.line.person(WELL).says("1");
  await world.clock.advance(4_000);
  void world.line.person(WELL).says("2");
}

const shared = {
  people: [...ILL, WELL],
  settings: SETTINGS,
  expected: { soon: { people: [WELL], withinMs: SOON_MS } },
};

export const SCENARIOS_BESIDE: readonly Scenario[] = [
  {
    ...shared,
    name: "an agent hangs with some people's turns, beside somebody whom it answers",
    agent: ill(() => new Promise(() => {})),
    async play(world) {
      await talk(world);
      await world.untilQuiet();
    },
  },
  {
    ...shared,
    name: "an agent fails at some people's turns, beside somebody whom it answers",
    agent: ill(() => {
      throw new Error("the model can't read this");
    }),
    async play(world) {
      await talk(world);
      await world.untilQuiet();
    },
  },
  {
    ...shared,
    name: "a platform hangs with some people's messages, beside somebody whose it takes",
    async play(world) {
      world.line.faults.ofPeer((peer) => (ILL.includes(peer) ? { at: "stall", delayMs: 30_000 } : null));
      await talk(world);
      await world.clock.advance(SOON_MS);
      world.line.faults.clear();
      await world.untilQuiet();
    },
  },
];
