/** Goal: no more calls a second than were allowed, each name for itself. Method: a clock that is set by hand. */
import { expect, test } from "vitest";
import { createQuotaCache } from "./quota-cache.ts";
import { createTokenBuckets } from "./token-bucket.ts";

function handClock() {
  let now = 1_000_000;
  return { now: () => now, after: () => () => {}, step: (ms: number) => (now += ms) };
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

test("a name that is held gives nothing until then", () => {
  const clock = handClock();
  const rate = createTokenBuckets(clock);
  rate.hold("a", 1_000);
  expect(rate.take("a", 4)).toBe(false);
  clock.step(1_000);
  expect(rate.take("a", 4)).toBe(true);
});

test("the book of paid messages knows what was said last and what left since", () => {
  const clock = handClock();
  const book = createQuotaCache(clock);
  expect(book.left("a")).toBeUndefined();
  book.learn("a", 10);
  book.spend("a", 3);
  expect([book.left("a"), book.takeSpent("a"), book.takeSpent("a")]).toEqual([7, true, false]);
  book.learn("b", null);
  book.spend("b", 1);
  expect(book.left("b")).toBeNull();
  book.learnCost("conv_1", 5);
  expect(book.cost("conv_1")).toBe(5);
  clock.step(3_600_000);
  expect(book.cost("conv_1")).toBeUndefined();
});
