/**
 * Goal: no mixture of people, bots, platform and machine at their worst breaks a promise.
 * Method: each seed is a run of its own on the real pipeline and the real SQLite store, on a clock that is moved by hand;
 * after the trouble a calm lets everything end, and an independent oracle looks at what everybody saw.
 */
import { expect, test } from "vitest";
import { PLATFORMS } from "./support/simulation/platforms.ts";
import { runSeed } from "./support/simulation/run.ts";
import { simulate } from "./support/simulation/simulate.ts";

const SEEDS = Number(process.env.TURNPIKE_TEST_SEEDS ?? 200);

test("a seed repeats the same run, to the last row", { timeout: 300_000 }, async () => {
  for (const seed of [1, 2, 3, 5, 8]) {
    const first = await runSeed(seed);
    const second = await runSeed(seed);
    expect(second.digest).toBe(first.digest);
    expect([...second.coverage.pairs]).toEqual([...first.coverage.pairs]);
  }
});

test.each(PLATFORMS)("a seed repeats on $name", { timeout: 300_000 }, async (channel) => {
  const digests = [await runSeed(4, { channel }), await runSeed(4, { channel })].map(({ digest }) => digest);
  expect(digests[1]).toBe(digests[0]);
});

test("another seed is another run", async () => {
  expect((await runSeed(1)).digest).not.toBe((await runSeed(2)).digest);
});

/** Few seeds are enough to meet each of these, on each channel. */
const RARE_FAULTS = [
  "access token revoked",
  "days pass",
  "freeze",
  "kill",
  "part of an answer",
  "retention",
  "row lost",
];

/** And on one of them each of these. */
const OWN_FAULTS: Readonly<Record<string, readonly string[]>> = {
  line: ["access token mended", "part repeated", "says, in a group", "taps, in a room", "quota 0"],
  messenger: ["receipt: echo", "receipt: delivered", "receipt: read", "send: before-accept 400 10/2018278"],
  whatsapp: [
    "adopts a username",
    "receipt: failed",
    "receipt: sent",
    "receipt: read",
    "send: before-accept 400 131056",
  ],
};

test(`${SEEDS} seeds break no promise`, { timeout: 60_000 + SEEDS * 5_000 }, async () => {
  const { failures, channels, figures, coverage } = await simulate({ from: 1, count: SEEDS });
  const report = failures.map(({ seed, broken }) => [`npm run simulate:seeds -- --seed ${seed}`, ...broken]);
  expect(report).toEqual([]);
  // A generator that meets nothing would find nothing.
  expect(figures.answered).toBeGreaterThan(SEEDS * 5);
  expect(coverage.pairs.size).toBeGreaterThan(Math.min(150, SEEDS / 2));
  for (const { name } of PLATFORMS) {
    expect(channels[name] ?? 0, name).toBeGreaterThan(SEEDS / 8);
    const faults = [...RARE_FAULTS, ...(OWN_FAULTS[name] ?? [])];
    expect(Object.keys(coverage.byFault(name)), name).toEqual(expect.arrayContaining(faults));
  }
});
