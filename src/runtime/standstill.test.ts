import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createStandstill } from "./standstill.ts";

const SECOND = 1_000;

/** Time passes, and no timer of the process fires. */
function standStill(clock: ReturnType<typeof manualClock>, ms: number): number {
  const since = clock.now();
  clock.step(ms);
  return since;
}

test("what is read while the process runs came now", async () => {
  const clock = manualClock();
  const standstill = createStandstill(clock);
  standstill.begin();
  await clock.advance(10 * SECOND + 300);
  expect(standstill.waitingSince()).toBe(clock.now());
});

test("what is read first after a standstill may have waited since it began", async () => {
  const clock = manualClock();
  const standstill = createStandstill(clock);
  standstill.begin();
  await clock.advance(5 * SECOND);
  const since = standStill(clock, 17 * SECOND);
  expect(standstill.waitingSince()).toBe(since);
  await clock.advance(1_900);
  expect(standstill.waitingSince()).toBe(since);
  await clock.advance(200);
  expect(standstill.waitingSince()).toBe(clock.now());
});

test("a standstill is noticed by the timer too, whichever comes first", async () => {
  const clock = manualClock();
  const standstill = createStandstill(clock);
  standstill.begin();
  await clock.advance(5 * SECOND);
  const since = standStill(clock, 17 * SECOND);
  await clock.advance(SECOND);
  expect(standstill.waitingSince()).toBe(since);
});

test("a second standstill before the sockets are empty counts from the first", async () => {
  const clock = manualClock();
  const standstill = createStandstill(clock);
  standstill.begin();
  await clock.advance(SECOND);
  const since = standStill(clock, 5 * SECOND);
  await clock.advance(SECOND);
  standStill(clock, 5 * SECOND);
  expect(standstill.waitingSince()).toBe(since);
});

test("what came while it began, and nobody looked, may have waited as well", async () => {
  const clock = manualClock();
  const standstill = createStandstill(clock);
  const since = standStill(clock, 17 * SECOND);
  standstill.begin();
  expect(standstill.waitingSince()).toBe(since);
});

test("after its end it sets no timer any more", async () => {
  const clock = manualClock();
  const standstill = createStandstill(clock);
  standstill.begin();
  standstill.end();
  expect(clock.nextIn()).toBeNull();
});
