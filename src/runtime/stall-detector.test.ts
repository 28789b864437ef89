import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createStallDetector } from "./stall-detector.ts";

const SECOND = 1_000;

/** Time passes, and no timer of the process fires. */
function stall(clock: ReturnType<typeof manualClock>, ms: number): number {
  const since = clock.now();
  clock.step(ms);
  return since;
}

test("what is read while the process runs came now", async () => {
  const clock = manualClock();
  const stallDetector = createStallDetector(clock);
  stallDetector.begin();
  await clock.advance(10 * SECOND + 300);
  expect(stallDetector.earliestArrivalAt()).toBe(clock.now());
});

test("what is read first after an event-loop stall may have waited since it began", async () => {
  const clock = manualClock();
  const stallDetector = createStallDetector(clock);
  stallDetector.begin();
  await clock.advance(5 * SECOND);
  const since = stall(clock, 17 * SECOND);
  expect(stallDetector.earliestArrivalAt()).toBe(since);
  await clock.advance(1_900);
  expect(stallDetector.earliestArrivalAt()).toBe(since);
  await clock.advance(200);
  expect(stallDetector.earliestArrivalAt()).toBe(clock.now());
});

test("an event-loop stall is noticed by the timer too, whichever comes first", async () => {
  const clock = manualClock();
  const stallDetector = createStallDetector(clock);
  stallDetector.begin();
  await clock.advance(5 * SECOND);
  const since = stall(clock, 17 * SECOND);
  await clock.advance(SECOND);
  expect(stallDetector.earliestArrivalAt()).toBe(since);
});

test("a second event-loop stall before the sockets are empty counts from the first", async () => {
  const clock = manualClock();
  const stallDetector = createStallDetector(clock);
  stallDetector.begin();
  await clock.advance(SECOND);
  const since = stall(clock, 5 * SECOND);
  await clock.advance(SECOND);
  stall(clock, 5 * SECOND);
  expect(stallDetector.earliestArrivalAt()).toBe(since);
});

test("what came before it began to check may have waited as well", async () => {
  const clock = manualClock();
  const stallDetector = createStallDetector(clock);
  const since = stall(clock, 17 * SECOND);
  stallDetector.begin();
  expect(stallDetector.earliestArrivalAt()).toBe(since);
});

test("after its end it sets no timer any more", async () => {
  const clock = manualClock();
  const stallDetector = createStallDetector(clock);
  stallDetector.begin();
  stallDetector.end();
  expect(clock.nextIn()).toBeNull();
});
