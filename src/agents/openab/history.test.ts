/** Goal: a further part of an answer is delivered, a second answer to the same event isn't. */
import { expect, test } from "vitest";
import { History } from "./history.ts";

function history(given: readonly string[], answeredBy?: string): History<string> {
  const past = new History<string>();
  for (const core of given) past.given(["evt_1"], core);
  if (answeredBy !== undefined) past.answered(["evt_1"], answeredBy);
  return past;
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
  expect(history(given, answeredBy).isSecondAnswer("evt_1", core)).toBe(isSecond);
});

test("the cache is bounded", () => {
  const past = history(["a", "a"]);
  for (let event = 0; event < 10_000; event++) past.given([`evt_new_${event}`], "b");
  expect(past.isSecondAnswer("evt_1", "a")).toBe(false);
});
