/** Goal: ids are unique and sort by creation time; the numbers are what a jitter needs. */
import { expect, test } from "vitest";
import { systemRandom } from "./random.ts";

test("ids have their prefix and 32 hexadecimal digits, and no two are alike", () => {
  const random = systemRandom();
  // More than one filling of its pool.
  const ids = Array.from({ length: 2_000 }, () => random.id("turn"));
  for (const id of ids) expect(id).toMatch(/^turn_[0-9a-f]{32}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test("two of them share nothing", () => {
  const [one, other] = [systemRandom(), systemRandom()];
  const ids = Array.from({ length: 500 }, () => [one.id("a"), other.id("a")]).flat();
  expect(new Set(ids).size).toBe(ids.length);
});

test("an id of a later millisecond sorts after an earlier one", async () => {
  const random = systemRandom();
  const earlier = random.id("evt");
  const madeAt = Date.now();
  await expect.poll(() => Date.now()).toBeGreaterThan(madeAt);
  expect(random.id("evt") > earlier).toBe(true);
});

test("its numbers are at least 0, below 1 and spread", () => {
  const random = systemRandom();
  const numbers = Array.from({ length: 1_000 }, () => random.fraction());
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(numbers.map((number) => Math.floor(number * 10))).size).toBe(10);
});
