/**
 * Goal: the simulation's oracle condemns what it should.
 * Method: one mechanism at a time is taken out at a seam, and seeds are played until one breaks a promise.
 */
import { expect, test } from "vitest";
import { NEGATIVE_CONTROLS } from "./support/simulation/negative-controls.ts";
import { NEGATIVE_CONTROLS_OF_ISOLATION } from "./support/simulation/negative-controls-isolation.ts";
import { NEGATIVE_CONTROLS_WITHOUT_RETRY_KEY } from "./support/simulation/negative-controls-receipts.ts";
import { platformNamed } from "./support/simulation/platforms.ts";
import { runSeed } from "./support/simulation/run.ts";

/** A mechanism is missed where its fault is met: most seeds don't meet each. */
const SEEDS_UNTIL_MISSED = 60;

const ALL = [...NEGATIVE_CONTROLS, ...NEGATIVE_CONTROLS_WITHOUT_RETRY_KEY, ...NEGATIVE_CONTROLS_OF_ISOLATION];

test.each(ALL)(
  "without $without a seed breaks a promise",
  async ({ overrides, verdict, from = 1, channel = "line" }) => {
    const platform = platformNamed(channel);
    const met: string[] = [];
    for (let seed = from; seed < from + SEEDS_UNTIL_MISSED && !met.some((one) => verdict.test(one)); seed++) {
      met.push(...(await runSeed(seed, { overrides: overrides(), channel: platform })).broken);
    }
    expect(met).toContainEqual(expect.stringMatching(verdict));
  },
);
