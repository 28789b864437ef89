/** Goal: no more calls a second than allowed, by name. Method: a manual clock. */
import { expect, test } from "vitest";
import { createQuotaCache } from "./quota-cache.ts";
import { createTokenBuckets } from "./token-bucket.ts";

function handClock() {
  let now = 1_000_000;
  return { now: () => now, wall: () => now, after: () => () => {}, step: (ms: number) => (now += ms) };
}

test("a bucket gives as many as fit in, and fills again", () => {
  const clock = handClock();
  const rate = createTokenBuckets(clock);
  const taken = () => Array.from({ length: 10 }, () => rate.take("a", 4)).filter(Boolean).length;
  expect(taken()).toBe(4);
  expect(rate.take("b", 4)).toBe(true);
  clock.step(500);
  expect(taken()).toBe(2);
  clock.step(60_000);
  expect(taken()).toBe(4);
});

test("a blocked name is refused until then", () => {
  const clock = handClock();
  const rate = createTokenBuckets(clock);
  rate.block("a", 1_000);
  expect(rate.take("a", 4)).toBe(false);
  clock.step(1_000);
  expect(rate.take("a", 4)).toBe(true);
});

test("the quota cache knows the platform's last count and what was spent since", () => {
  const clock = handClock();
  const book = createQuotaCache(clock);
  expect(book.left("line/a")).toBeUndefined();
  book.learn("line/a", 10);
  book.spend("line/a", 3);
  expect([book.left("line/a"), book.takeSpent("line/a"), book.takeSpent("line/a")]).toEqual([7, true, false]);
  book.learn("line/b", null);
  book.spend("line/b", 1);
  expect(book.left("line/b")).toBeNull();
  expect([book.limit("line/a"), book.limit("line/b")]).toEqual([null, null]);
  book.learn("line/a", 90, 100);
  book.learn("line/a", 0);
  expect([book.left("line/a"), book.limit("line/a")]).toEqual([0, 100]);
  book.learnCost("conv_1", 5);
  expect(book.cost("conv_1")).toBe(5);
  clock.step(3_600_000);
  expect(book.cost("conv_1")).toBeUndefined();
});
