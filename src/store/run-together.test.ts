/** Goal: a failure waits for what was begun with it, so that nothing is written after the rollback. */
import { expect, test } from "vitest";
import { runTogether } from "./run-together.ts";

test("gives each branch's result, and what is no promise as it is", async () => {
  expect(await runTogether([Promise.resolve(1), null, Promise.resolve("b")])).toEqual([1, null, "b"]);
});

test("rejects with the first failure in the list, when all branches have ended", async () => {
  const written: string[] = [];
  const slow = async () => {
    for (let step = 0; step < 5; step++) await Promise.resolve();
    written.push("slow");
  };
  const all = runTogether([slow(), Promise.reject(new RangeError("one")), Promise.reject(new Error("two"))]);
  await expect(all).rejects.toThrow(RangeError);
  expect(written).toEqual(["slow"]);
});
