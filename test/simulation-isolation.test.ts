/**
 * Goal: the oracle of G12 condemns what it should, from what was recorded, and excuses what was wrong with everybody.
 * Method: histories by hand, and a few seeds of each kind of local fault.
 */
import { expect, test } from "vitest";
import type { Messages } from "./support/simulation/hearing.ts";
import { checkIsolation, type IsolationEvidence } from "./support/simulation/oracle-isolation.ts";
import { runSeed } from "./support/simulation/run.ts";
import { scriptOf } from "./support/simulation/script.ts";

const BOUND_MS = 2_000;

interface Told {
  readonly number: number;
  readonly at: number;
  /** When its answer came; `null`: never. */
  readonly answeredAt: number | null;
  readonly route?: "reply" | "push";
}

/** What one unaffected person said, and got. */
function history(told: readonly Told[], rest: Partial<IsolationEvidence> & { distrusted?: readonly number[] } = {}) {
  const messages: Messages = new Map(
    told.map(({ number, at }) => [number, { arrivedAt: at, ackedAt: at, ackedCopies: [at], mayBeForgotten: false }]),
  );
  const screen = told.flatMap(({ number, answeredAt, route = "reply" }) =>
    answeredAt === null ? [] : [{ at: answeredAt, text: `re ${number} in turn_1 @1 1/1`, route } as const],
  );
  const { distrusted = [], ...evidence } = rest;
  const chats = new Map([["Ann", { messages, screen, distrusted }]]);
  return checkIsolation({ chats, disturbances: [], boundMs: BOUND_MS, ...evidence });
}

test("an answer within the bound, by the free route, is no violation", () => {
  const verdict = history([{ number: 1, at: 0, answeredAt: 2_000 }]);
  expect(verdict).toEqual({ broken: [], checked: 1 });
});

test("an answer that comes after the bound is condemned", () => {
  const { broken } = history([{ number: 1, at: 0, answeredAt: 2_001 }]);
  expect(broken).toEqual([`G12: Ann's "1" was answered after 2001 ms, and 2000 ms is the most`]);
});

test("a person who gets no answer is condemned", () => {
  const { broken } = history([{ number: 1, at: 0, answeredAt: null }]);
  expect(broken).toEqual([`G12: Ann's "1" got no answer, and nothing was wrong with it`]);
});

test("a push where the reply token was alive is condemned", () => {
  const { broken } = history([{ number: 1, at: 0, answeredAt: 100, route: "push" }]);
  expect(broken).toEqual([`G12: Ann's "1" was answered on the paid route, though its reply token was alive`]);
});

test("nobody knows how long a token of a copy that was sent again may be used", () => {
  const { broken } = history([{ number: 1, at: 0, answeredAt: 100, route: "push" }], { distrusted: [0] });
  expect(broken).toEqual([]);
});

test("what was wrong with everybody meanwhile excuses an answer, and no other", () => {
  const told = [
    { number: 1, at: 0, answeredAt: 9_000 },
    { number: 2, at: 20_000, answeredAt: 29_000 },
  ];
  const { broken, checked } = history(told, { disturbances: [{ from: 3_000, until: 4_000 }] });
  expect(broken).toEqual([expect.stringContaining(`"2" was answered after 9000 ms`)]);
  expect(checked).toBe(1);
});

test("a message waits from when the one before it has its answer", () => {
  const told = [
    { number: 1, at: 0, answeredAt: 2_000 },
    { number: 2, at: 100, answeredAt: 3_900 },
  ];
  expect(history(told).broken).toEqual([]);
});

/** How many seeds are looked through for each kind. */
const LOOKED_THROUGH = 400;
const SEEDS_OF_A_KIND = 2;

/** The first seeds of each kind of local fault on a machine that is well, so that nothing excuses an answer. */
const KINDS = Map.groupBy(
  Array.from({ length: LOOKED_THROUGH }, (_, index) => index + 1).filter((seed) => {
    const { local, isWell } = scriptOf(seed, []);
    return local !== null && isWell && (local.at === "platform" || local.affected.size > 1);
  }),
  (seed) => {
    const { local } = scriptOf(seed, []);
    const where = local?.hasOwnAgent ? "agent of its own" : local?.at;
    return `${where} ${local?.how}`;
  },
);

test("every kind of local fault is drawn", () => {
  const ofAgent = ["hangs", "fails", "drops", "unreadable", "flaps"];
  const kinds = [
    ...ofAgent.map((how) => `agent ${how}`),
    ...["hangs", "disconnects", "refuses", "flaps", "limits"].map((how) => `platform ${how}`),
    "agent of its own hangs",
  ];
  expect([...KINDS.keys()]).toEqual(expect.arrayContaining(kinds));
});

test.each([...KINDS].sort(([a], [b]) => (a < b ? -1 : 1)))(
  "a local fault, %s, costs the unaffected nothing",
  async (_, seeds) => {
    for (const seed of seeds.slice(0, SEEDS_OF_A_KIND)) {
      const { broken, figures } = await runSeed(seed);
      expect(broken.map((sentence) => `seed ${seed}: ${sentence}`)).toEqual([]);
      expect(figures.beside, `seed ${seed}`).toBeGreaterThan(0);
    }
  },
);
