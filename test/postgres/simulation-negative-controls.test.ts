/**
 * Goal: the simulation's oracle condemns on PostgreSQL, too.
 * Method: what a process does when it begins, and what it leaves when it ends, is different here: those mechanisms are
 * taken out at a seam, and seeds are played until one breaks a promise. All others: `test/simulation-negative-controls.test.ts`.
 */
import { describe, expect, inject, test } from "vitest";
import { NEGATIVE_CONTROLS } from "../support/simulation/negative-controls.ts";
import { postgresStoreFixture } from "../support/simulation/postgres-store-fixture.ts";
import { runSeed } from "../support/simulation/run.ts";

const HERE = NEGATIVE_CONTROLS.filter(({ without }) => /commit before the ack|lease that ran out/.test(without));
const SEEDS_UNTIL_MISSED = 15;

// Minutes, for an oracle that is the same as on SQLite: asked for by a setting.
const isAskedFor = process.env.TURNPIKE_TEST_POSTGRES_SEEDS !== undefined;
const note = isAskedFor ? "" : " (skipped: set TURNPIKE_TEST_POSTGRES_SEEDS)";

describe.skipIf(!isAskedFor)(`the oracle${note}`, () => {
  test.each(HERE)("without $without a seed breaks a promise", { timeout: 300_000 }, async ({ overrides, verdict }) => {
    await using storeFixture = await postgresStoreFixture(inject("postgresUrl"), "overrides");
    const met: string[] = [];
    for (let seed = 1; seed <= SEEDS_UNTIL_MISSED && !met.some((one) => verdict.test(one)); seed++) {
      met.push(...(await runSeed(seed, { overrides: overrides(), storeFixture })).broken);
    }
    expect(HERE).toHaveLength(2);
    expect(met).toContainEqual(expect.stringMatching(verdict));
  });
});
