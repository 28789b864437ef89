import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createTenure } from "./tenure.ts";

test("it is held from a sign of life on, until that has lasted", async () => {
  const clock = manualClock();
  const tenure = createTenure(clock, true);
  expect(tenure.isHeld()).toBe(false);
  tenure.holdUntil(clock.now() + 10);
  expect(tenure.isHeld()).toBe(true);
  await clock.advance(10);
  expect(tenure.isHeld()).toBe(false);
});

test("given up, it isn't held again by a sign of life that was on its way", () => {
  const clock = manualClock();
  const tenure = createTenure(clock, true);
  tenure.giveUp();
  tenure.holdUntil(clock.now() + 10_000);
  expect(tenure.isHeld()).toBe(false);
});

test("it is held for ever where nobody shares the store, until it is given up", async () => {
  const clock = manualClock();
  const tenure = createTenure(clock, false);
  await clock.advance(1_000_000);
  expect(tenure.isHeld()).toBe(true);
  tenure.giveUp();
  expect(tenure.isHeld()).toBe(false);
});

test("the time after a silence is another one than before", async () => {
  const clock = manualClock();
  const tenure = createTenure(clock, true);
  expect(tenure.term()).toBeNull();
  tenure.holdUntil(clock.now() + 10);
  const before = tenure.term();
  expect(before).not.toBeNull();
  await clock.advance(9);
  tenure.holdUntil(clock.now() + 10);
  expect(tenure.term()).toBe(before);
  await clock.advance(10);
  expect(tenure.term()).toBeNull();
  tenure.holdUntil(clock.now() + 10);
  expect(tenure.term()).not.toBeNull();
  expect(tenure.term()).not.toBe(before);
});
