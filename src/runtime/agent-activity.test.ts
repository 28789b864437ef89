/** Goal: what an agent did last is remembered by its name, and a turn that it never had counts for no one. */
import { expect, test } from "vitest";
import { createAgentActivity } from "./agent-activity.ts";

function handClock(at = 0) {
  const clock = { at, now: () => clock.at };
  return clock;
}

test("an answer counts when it is given, and the call when it ends", () => {
  const clock = handClock();
  const activity = createAgentActivity(clock);
  activity.given("turn_1", "a");
  activity.given("turn_2", "b");
  clock.at = 5;
  activity.answered("turn_1");
  clock.at = 9;
  activity.ended("turn_1", "ended", 9);
  activity.ended("turn_2", "failed", 9);
  expect(activity.of("a")).toEqual({
    lastAnswer: { at: 5, turnId: "turn_1" },
    lastCall: { at: 9, outcome: "ended", tookMs: 9 },
  });
  expect(activity.of("b")).toEqual({ lastAnswer: null, lastCall: { at: 9, outcome: "failed", tookMs: 9 } });
  activity.given("turn_3", "b");
  activity.ended("turn_3", "answered", 0);
  expect(activity.of("b").lastAnswer).toEqual({ at: 9, turnId: "turn_3" });
});

test("a turn of another process, or one that has ended, is left aside", () => {
  const activity = createAgentActivity(handClock());
  activity.answered("turn_9");
  activity.ended("turn_9", "answered", 1);
  activity.given("turn_1", "a");
  activity.ended("turn_1", "lost", 1);
  activity.answered("turn_1");
  expect(activity.of("a").lastAnswer).toBeNull();
});
