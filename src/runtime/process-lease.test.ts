import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createProcessLease } from "./process-lease.ts";

test("it is held from a heartbeat on, until that has lasted", async () => {
  const clock = manualClock();
  const processLease = createProcessLease(clock, true);
  expect(processLease.isValid()).toBe(false);
  processLease.renewUntil(clock.now() + 10);
  expect(processLease.isValid()).toBe(true);
  await clock.advance(10);
  expect(processLease.isValid()).toBe(false);
});

test("given up, it isn't held again by a heartbeat that was on its way", () => {
  const clock = manualClock();
  const processLease = createProcessLease(clock, true);
  processLease.release();
  processLease.renewUntil(clock.now() + 10_000);
  expect(processLease.isValid()).toBe(false);
});

test("it is held for ever where nobody shares the store, until it is given up", async () => {
  const clock = manualClock();
  const processLease = createProcessLease(clock, false);
  await clock.advance(1_000_000);
  expect(processLease.isValid()).toBe(true);
  processLease.release();
  expect(processLease.isValid()).toBe(false);
});

test("the time after a silence is another one than before", async () => {
  const clock = manualClock();
  const processLease = createProcessLease(clock, true);
  expect(processLease.epoch()).toBeNull();
  processLease.renewUntil(clock.now() + 10);
  const before = processLease.epoch();
  expect(before).not.toBeNull();
  await clock.advance(9);
  processLease.renewUntil(clock.now() + 10);
  expect(processLease.epoch()).toBe(before);
  await clock.advance(10);
  expect(processLease.epoch()).toBeNull();
  processLease.renewUntil(clock.now() + 10);
  expect(processLease.epoch()).not.toBeNull();
  expect(processLease.epoch()).not.toBe(before);
});
