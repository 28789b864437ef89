import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createProcessLease } from "./process-lease.ts";

test("it is valid from a heartbeat on, until that expires", async () => {
  const clock = manualClock();
  const processLease = createProcessLease(clock, true);
  expect(processLease.isValid()).toBe(false);
  processLease.renewUntil(clock.now() + 10);
  expect(processLease.isValid()).toBe(true);
  await clock.advance(10);
  expect(processLease.isValid()).toBe(false);
});

test("once released, a heartbeat in flight doesn't renew it", () => {
  const clock = manualClock();
  const processLease = createProcessLease(clock, true);
  processLease.release();
  processLease.renewUntil(clock.now() + 10_000);
  expect(processLease.isValid()).toBe(false);
});

test("it is always valid where the store isn't shared, until it is released", async () => {
  const clock = manualClock();
  const processLease = createProcessLease(clock, false);
  await clock.advance(1_000_000);
  expect(processLease.isValid()).toBe(true);
  processLease.release();
  expect(processLease.isValid()).toBe(false);
});

test("after an expiry the next heartbeat begins a new epoch", async () => {
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
