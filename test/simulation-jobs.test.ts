/** Goal: sharing seeds out among processes changes nothing but the time, and a broken promise is never overlooked. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { simulateInJobs } from "./support/simulation/jobs.ts";
import { simulate } from "./support/simulation/simulate.ts";

test("seeds that two processes share come to the same as in one", { timeout: 300_000 }, async () => {
  const { coverage, ...total } = await simulateInJobs({ from: 1, count: 5 }, 2, () => {});
  const { coverage: alone, ...inOne } = await simulate({ from: 1, count: 5 });
  expect(total).toEqual(inOne);
  expect(coverage.table()).toBe(alone.table());
});

test("a seed that breaks a promise fails the command that plays it", async () => {
  const play = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, ["scripts/simulate-seeds.ts", "--seeds", "2", ...args]);
  await expect(play()).resolves.toMatchObject({ stdout: expect.stringContaining("broken: 0") });
  await expect(play("--without", "the commit before the ack")).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining("seeds with violations"),
  });
  await expect(play("--without", "nothing of that name")).rejects.toMatchObject({ code: 1 });
});
