/**
 * Goal: the oracle of G12 condemns what it should, from what was recorded, and excuses what was wrong with everybody.
 * Method: histories by hand, and a few seeds of each kind of local fault.
 */
import { expect, test } from "vitest";
import { Tap } from "./support/faults/tap.ts";
import type { Messages } from "./support/simulation/hearing.ts";
import { MachineClock } from "./support/simulation/machine-clock.ts";
import { checkIsolation, type IsolationEvidence } from "./support/simulation/oracle-isolation.ts";
import { quickClock } from "./support/simulation/quick-clock.ts";
import { runSeed } from "./support/simulation/run.ts";
import { scriptOf } from "./support/simulation/script.ts";

const BOUND_MS = 2_000;

interface Told {
  readonly number: number;
  readonly at: number;
  /** When its answer came; `null`: never. */
  readonly answeredAt: number | null;
  /** When a copy of it was answered 200. Default: at once. */
  readonly ackedAt?: number;
  readonly isParked?: true;
  readonly route?: "reply" | "push";
}

/** What one unaffected person said, and got; in the order in which bots got it. */
function history(told: readonly Told[], rest: Partial<IsolationEvidence> & { distrusted?: readonly number[] } = {}) {
  const messages: Messages = new Map(
    told.map(({ number, at, ackedAt = at }) => [
      number,
      { arrivedAt: at, ackedAt, ackedCopies: [ackedAt], mayBeForgotten: false },
    ]),
  );
  const screen = told.flatMap(({ number, answeredAt, route = "reply" }) =>
    answeredAt === null ? [] : [{ at: answeredAt, text: `re ${number} in turn_1 @1 1/1`, route } as const],
  );
  const { distrusted = [], ...evidence } = rest;
  const handedOut = told.map(({ number }) => number);
  const parked = new Set(told.flatMap(({ number, isParked }) => (isParked ? [number] : [])));
  const chats = new Map([["Ann", { messages, screen, distrusted, handedOut, parked }]]);
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

test("a message that bots got first waits for no other, whenever it was said", () => {
  const told = [
    { number: 2, at: 0, answeredAt: null },
    { number: 1, at: 0, ackedAt: 9_000, answeredAt: 9_500 },
  ];
  expect(history(told, { disturbances: [{ from: 100, until: 200 }] }).broken).toEqual([]);
});

test("what was answered before its ack was stored by an earlier copy, and excused by what was wrong since then", () => {
  const told = [{ number: 1, at: 0, ackedAt: 9_000, answeredAt: 8_000, route: "push" as const }];
  expect(history(told, { disturbances: [{ from: 100, until: 200 }] }).broken).toEqual([]);
  expect(history(told).broken).toEqual([expect.stringContaining(`"1" was answered after 8000 ms`)]);
});

test("what was parked has waited since it was said, not since another answer", () => {
  const told = [
    { number: 1, at: 0, answeredAt: 5_000, isParked: true as const },
    { number: 2, at: 100, answeredAt: 9_000, isParked: true as const },
  ];
  expect(history(told, { disturbances: [{ from: 1_000, until: 1_000 }] }).broken).toEqual([]);
  expect(history(told).broken).toEqual([
    expect.stringContaining(`"1" was answered after 5000 ms`),
    expect.stringContaining(`"2" was answered after 8900 ms`),
  ]);
});

test("regression_a_process_of_a_seed_knows_that_its_clock_was_set_forward_so_that_retention_waits", async () => {
  const time = quickClock();
  const machine = new MachineClock(time, (clock) => clock);
  const tap = new Tap(() => null, { death: () => undefined, freeze: () => undefined });
  machine.step(40 * 86_400_000);
  await time.advance(700);
  expect(tap.clockOf(machine.clock).sinceSteppedMs?.()).toBe(700);
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
