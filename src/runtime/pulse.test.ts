/** Goal: the ring has the newest hour in its steps and nothing older, whatever was in its places before. */
import { expect, test } from "vitest";
import { createPulse, PULSE_STEP_MS, PULSE_STEPS, type PulseWindow } from "./pulse.ts";

function handClock(at = 1_000 * PULSE_STEP_MS) {
  const clock = { at, now: () => clock.at };
  return clock;
}

const inOf = ({ steps }: PulseWindow) => steps.map((step) => step.get("line")?.counts.in ?? 0);

test("what was counted is in the step of its moment, the newest last", () => {
  const clock = handClock();
  const pulse = createPulse(clock);
  pulse.count("line", "in", 1);
  clock.at += 2 * PULSE_STEP_MS + 5;
  pulse.count("line", "in", 3);
  pulse.sent("line", "push", 2);
  pulse.took("line", "ack", 4);
  pulse.count("messenger", "in", 9);
  const window = pulse.read(4);
  expect(inOf(window)).toEqual([0, 1, 0, 3]);
  expect(window.from).toBe(999 * PULSE_STEP_MS);
  const newest = window.steps.at(-1)?.get("line");
  expect([newest?.sent, newest?.times.ack?.percentile(1), newest?.times.wait]).toEqual([{ push: 2 }, 4, undefined]);
});

test("what is older than an hour has gone, though its place in the ring is used again", () => {
  const clock = handClock();
  const pulse = createPulse(clock);
  pulse.count("line", "in", 1);
  clock.at += PULSE_STEPS * PULSE_STEP_MS;
  expect(inOf(pulse.read(PULSE_STEPS)).some((count) => count > 0)).toBe(false);
  pulse.count("line", "in", 5);
  pulse.took("line", "answer", 7);
  const window = pulse.read(PULSE_STEPS);
  expect(inOf(window).filter((count) => count > 0)).toEqual([5]);
  expect(window.steps.at(-1)?.get("line")?.times.answer?.count).toBe(1);
});

test("after a leap of the clock by a week nothing old comes back", () => {
  const clock = handClock();
  const pulse = createPulse(clock);
  for (let step = 0; step < PULSE_STEPS; step++, clock.at += PULSE_STEP_MS) pulse.count("line", "in", 1);
  expect(inOf(pulse.read(PULSE_STEPS)).filter((count) => count === 1)).toHaveLength(PULSE_STEPS - 1);
  clock.at += 7 * 24 * 3_600_000;
  expect(pulse.read(PULSE_STEPS).steps.every((step) => step.size === 0)).toBe(true);
});
