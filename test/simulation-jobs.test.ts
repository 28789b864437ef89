/** Goal: sharing seeds out among processes changes nothing but the time. */
import { expect, test } from "vitest";
import { simulateInJobs } from "./support/simulation/jobs.ts";
import { simulate } from "./support/simulation/simulate.ts";

test("seeds that two processes share come to the same as in one", { timeout: 300_000 }, async () => {
  const { coverage, ...total } = await simulateInJobs({ from: 1, count: 5 }, 2, () => {});
  const { coverage: alone, ...inOne } = await simulate({ from: 1, count: 5 });
  expect(total).toEqual(inOne);
  expect(coverage.table()).toBe(alone.table());
});
