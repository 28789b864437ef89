/** Goal: ids are unlike one another and sort by the time of their making; the numbers are what a jitter needs. */
import { expect, test } from "vitest";
import { systemChance } from "./chance.ts";

test("ids have their prefix and 32 hexadecimal digits, and no two are alike", () => {
  const chance = systemChance();
  // More than one filling of its pool.
  const ids = Array.from({ length: 2_000 }, () => chance.id("turn"));
  for (const id of ids) expect(id).toMatch(/^turn_[0-9a-f]{32}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test("two of them share nothing", () => {
  const [one, other] = [systemChance(), systemChance()];
  const ids = Array.from({ length: 500 }, () => [one.id("a"), other.id("a")]).flat();
  expect(new Set(ids).size).toBe(ids.length);
});

test("an id of a later millisecond sorts after an earlier one", async () => {
  const chance = systemChance();
  const earlier = chance.id("evt");
  const madeAt = Date.now();
  await expect.poll(() => Date.now()).toBeGreaterThan(madeAt);
  expect(chance.id("evt") > earlier).toBe(true);
});

test("its numbers are at least 0, below 1 and spread", () => {
  const chance = systemChance();
  const numbers = Array.from({ length: 1_000 }, () => chance.random());
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(numbers.map((number) => Math.floor(number * 10))).size).toBe(10);
});
