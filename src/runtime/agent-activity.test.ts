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
  const first = activity.given("turn_1", "a");
  const second = activity.given("turn_2", "b");
  clock.at = 5;
  activity.answered("turn_1");
  clock.at = 9;
  first.ended("ended", 9);
  second.ended("failed", 9);
  expect(activity.of("a")).toEqual({
    lastAnswer: { at: 5, turnId: "turn_1" },
    lastCall: { at: 9, outcome: "ended", tookMs: 9 },
  });
  expect(activity.of("b")).toEqual({ lastAnswer: null, lastCall: { at: 9, outcome: "failed", tookMs: 9 } });
  activity.given("turn_3", "b").ended("answered", 0);
  expect(activity.of("b").lastAnswer).toEqual({ at: 9, turnId: "turn_3" });
});

test("a turn of another process, or one that has ended, is left aside", () => {
  const activity = createAgentActivity(handClock());
  activity.answered("turn_9");
  activity.given("turn_1", "a").ended("lost", 1);
  activity.answered("turn_1");
  expect(activity.of("a").lastAnswer).toBeNull();
});

test("regression_turn-given-out-again: the end of a call whose lease was lost takes nothing from the next one", () => {
  const clock = handClock();
  const activity = createAgentActivity(clock);
  const lost = activity.given("turn_1", "a");
  const next = activity.given("turn_1", "b");
  lost.ended("lost", 1);
  clock.at = 5;
  activity.answered("turn_1");
  next.ended("ended", 5);
  expect(activity.of("a")).toMatchObject({ lastAnswer: null, lastCall: { outcome: "lost" } });
  expect(activity.of("b")).toMatchObject({ lastAnswer: { at: 5 }, lastCall: { at: 5, outcome: "ended" } });
});
