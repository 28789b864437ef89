/** Goal: percentiles are exact for short durations and within 7 % for long ones, whatever is added to whatever. */
import { expect, test } from "vitest";
import { Durations } from "./durations.ts";

function of(...list: readonly number[]): Durations {
  const durations = new Durations();
  for (const ms of list) durations.add(ms);
  return durations;
}

test("of none there is no percentile, and of one each is itself", () => {
  expect(of().percentile(0.5)).toBeNull();
  expect([0, 0.5, 0.99, 1].map((share) => of(7).percentile(share))).toEqual([7, 7, 7, 7]);
});

test("every whole ms up to 16 is told exactly", () => {
  for (let ms = 0; ms <= 15; ms++) expect(of(ms).percentile(1)).toBe(ms);
});

test("a longer one is told within 7 %, up to 37 h, and what is longer counts as that", () => {
  for (let ms = 16; ms < 2 ** 27; ms = Math.ceil(ms * 1.031)) {
    expect(Math.abs((of(ms).percentile(0.5) ?? 0) - ms) / ms, `${ms} ms`).toBeLessThan(0.07);
  }
  expect(of(Number.MAX_SAFE_INTEGER).percentile(1)).toBe(of(2 ** 27 - 1).percentile(1));
  expect(of(-5).percentile(1)).toBe(0);
});

test("a percentile is the smallest that so many don't exceed", () => {
  const hundred = of(...Array.from({ length: 95 }, () => 2), ...Array.from({ length: 4 }, () => 5), 12);
  expect([0.5, 0.95, 0.96, 0.99, 1].map((share) => hundred.percentile(share))).toEqual([2, 2, 5, 5, 12]);
});

test("those of two are those of both together", () => {
  const both = of(1, 2, 3);
  both.addAll(of(9, 9, 9, 400));
  both.addAll(of());
  expect(both.count).toBe(7);
  expect(both.percentile(0.5)).toBe(9);
  expect(both.percentile(1)).toBe(of(400).percentile(1));
});
