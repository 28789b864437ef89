/**
 * Goal: no mixture of people, bots, platform and machines at their worst breaks a promise on PostgreSQL, with one process
 * or with several on it.
 * Method: the seeds of `test/simulation.test.ts`, with the same oracle, on a real server. What happens is drawn from the
 * seed; in which order the server ends calls that overlap is not.
 */
import { expect, inject, test } from "vitest";
import { postgresStoreFixture } from "../support/simulation/postgres-store-fixture.ts";
import { simulate } from "../support/simulation/simulate.ts";

const SEEDS = Number(process.env.TURNPIKE_TEST_POSTGRES_SEEDS ?? 5);

test(`${SEEDS} seeds break no promise`, { timeout: 60_000 + SEEDS * 30_000 }, async () => {
  await using storeFixture = await postgresStoreFixture(inject("postgresUrl"), "seeds");
  const { failures, figures, coverage } = await simulate({ from: 1, count: SEEDS }, undefined, storeFixture);
  const again = (seed: number) => `npm run simulate:seeds -- --store postgres --seed ${seed}`;
  expect(failures.map(({ seed, broken }) => [again(seed), ...broken])).toEqual([]);
  expect(figures.answered).toBeGreaterThan(SEEDS * 5);
  expect(coverage.pairs.size).toBeGreaterThan(SEEDS);
});
