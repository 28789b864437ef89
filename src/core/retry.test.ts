/** Goal: waits grow, end at their cap, obey the other side, and nothing is given up too early. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs, isExhausted, type RetryPolicy } from "./retry.ts";

const POLICY: RetryPolicy = { baseMs: 1_000, capMs: 60_000, maxAttempts: 5, maxAgeMs: 3_600_000 };
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempts = fc.integer({ min: 1, max: 10_000 });
const policy = fc.record({
  baseMs: fc.integer({ min: 1, max: 60_000 }),
  capMs: fc.integer({ min: 1, max: 86_400_000 }),
  maxAttempts: fc.nat(20),
  maxAgeMs: fc.nat(86_400_000),
});

test.each([
  { after: 1, least: 500, most: 1_000 },
  { after: 2, least: 1_000, most: 2_000 },
  { after: 3, least: 2_000, most: 4_000 },
  { after: 6, least: 16_000, most: 32_000 },
  { after: 7, least: 30_000, most: 60_000 },
  { after: 1_000, least: 30_000, most: 60_000 },
])("after $after attempts it waits between $least and $most ms", ({ after, least, most }) => {
  expect(backoffMs(after, POLICY, 0)).toBe(least);
  expect(backoffMs(after, POLICY, 0.999_999_9)).toBe(most);
});

test("without any attempt it waits as after the first", () => {
  expect(backoffMs(0, POLICY, 0.5)).toBe(backoffMs(1, POLICY, 0.5));
});

test("a base of 0 means no wait, however many attempts were made", () => {
  expect([1, 40, 5_000].map((after) => backoffMs(after, { ...POLICY, baseMs: 0 }, 0.5))).toEqual([0, 0, 0]);
});

test("a wait is a whole number within half of the cap and the cap, once it has grown", () => {
  fc.assert(
    fc.property(attempts, policy, random, (after, limits, luck) => {
      const wait = backoffMs(after, limits, luck);
      expect(Number.isSafeInteger(wait)).toBe(true);
      expect(wait).toBeLessThanOrEqual(limits.capMs);
      expect(wait).toBeGreaterThanOrEqual(Math.floor(Math.min(limits.capMs, limits.baseMs) / 2));
    }),
  );
});

test("with the same random number a later wait is never shorter", () => {
  fc.assert(
    fc.property(attempts, policy, random, (after, limits, luck) => {
      expect(backoffMs(after + 1, limits, luck)).toBeGreaterThanOrEqual(backoffMs(after, limits, luck));
    }),
  );
});

test("Retry-After lengthens a wait, past the cap too, and never shortens it", () => {
  fc.assert(
    fc.property(attempts, policy, random, fc.integer({ min: -1_000, max: 1e9 }), (after, limits, luck, wish) => {
      const wait = backoffMs(after, limits, luck, wish);
      expect(wait).toBe(Math.max(wish, backoffMs(after, limits, luck)));
    }),
  );
});

test("jitter spreads retries of what failed together", () => {
  const waits = new Set(Array.from({ length: 100 }, (_, index) => backoffMs(4, POLICY, index / 100)));
  expect(waits.size).toBe(100);
});

test.each([
  { made: 4, ageMs: 3_600_000, isOver: false, why: "an attempt is left" },
  { made: 5, ageMs: 3_599_999, isOver: false, why: "a short outage used all attempts, but time is left" },
  { made: 5, ageMs: 3_600_000, isOver: true, why: "neither is left" },
  { made: 50, ageMs: 9_999_999, isOver: true, why: "both are long past" },
])("after $made attempts in $ageMs ms, giving up is $isOver: $why", ({ made, ageMs, isOver }) => {
  expect(isExhausted(made, ageMs, POLICY)).toBe(isOver);
});
