/**
 * Goal: no mixture of people, bots, platform and machine at their worst breaks a promise.
 * Method: each seed is a run of its own on the real pipeline and the real SQLite store, on a clock that is moved by hand;
 * after the trouble a calm lets everything end, and an independent judge looks at what everybody saw.
 */
import { expect, test } from "vitest";
import { simulateInJobs } from "./support/simulation/jobs.ts";
import { runSeed } from "./support/simulation/run.ts";
import { simulate } from "./support/simulation/simulate.ts";

const SEEDS = Number(process.env.TURNPIKE_TEST_SEEDS ?? 200);

test("a seed repeats the same run, to the last row", async () => {
  for (const seed of [1, 2, 3, 5, 8]) {
    const first = await runSeed(seed);
    const second = await runSeed(seed);
    expect(second.digest).toBe(first.digest);
    expect([...second.coverage.pairs]).toEqual([...first.coverage.pairs]);
  }
});

test("another seed is another run", async () => {
  expect((await runSeed(1)).digest).not.toBe((await runSeed(2)).digest);
});

test("seeds that two processes share come to the same as in one", async () => {
  const { coverage, ...total } = await simulateInJobs({ from: 1, count: 5 }, 2, () => {});
  const { coverage: alone, ...inOne } = await simulate({ from: 1, count: 5 });
  expect(total).toEqual(inOne);
  expect(coverage.table()).toBe(alone.table());
});

/** Few seeds are enough to meet each of these. */
const RARE_FAULTS = [
  "access token mended",
  "access token revoked",
  "days pass",
  "freeze",
  "kill",
  "part of an answer",
  "part repeated",
  "retention",
  "row lost",
  "says, in a group",
  "taps, in a room",
];

test(`${SEEDS} seeds break no promise`, { timeout: 10_000 + SEEDS * 1_000 }, async () => {
  const { failures, figures, coverage } = await simulate({ from: 1, count: SEEDS });
  const report = failures.map(({ seed, broken }) => [`npm run simulate:seeds -- --seed ${seed}`, ...broken]);
  expect(report).toEqual([]);
  // A generator that meets nothing would find nothing.
  expect(figures.answered).toBeGreaterThan(SEEDS * 5);
  expect(coverage.pairs.size).toBeGreaterThan(Math.min(150, SEEDS / 2));
  expect(Object.keys(coverage.byFault())).toEqual(expect.arrayContaining(RARE_FAULTS));
});
