/** Goal: a further part of an answer is delivered, a second answer to the same event isn't. */
import { expect, test } from "vitest";
import { EventAnswers } from "./event-answers.ts";

function eventAnswers(given: readonly string[], answeredBy?: string): EventAnswers<string> {
  const answers = new EventAnswers<string>();
  for (const core of given) answers.given(["evt_1"], core);
  if (answeredBy !== undefined) answers.answered(["evt_1"], answeredBy);
  return answers;
}

test.each<[string, readonly string[], string | undefined, string, boolean]>([
  ["the core that answered goes on", ["a"], "a", "a", false],
  ["another core was asked before it, and has come back", ["a", "b"], "b", "a", true],
  ["the core that answered was not the first to be asked", ["a", "b"], "b", "b", false],
  ["a core was asked twice", ["a", "a"], "a", "a", true],
  ["a core on a new connection goes on for the old one", ["a"], "a", "a again", false],
  ["nobody has answered", ["a", "b"], undefined, "b", false],
  ["nobody was asked", [], undefined, "a", false],
])("%s", (_what, given, answeredBy, core, isSecond) => {
  expect(eventAnswers(given, answeredBy).isSecondAnswer("evt_1", core)).toBe(isSecond);
});

test("the cache is bounded", () => {
  const answers = eventAnswers(["a", "a"]);
  for (let event = 0; event < 10_000; event++) answers.given([`evt_new_${event}`], "b");
  expect(answers.isSecondAnswer("evt_1", "a")).toBe(false);
});
