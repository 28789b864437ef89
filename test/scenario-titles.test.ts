/** Goal: every scenario has a title in the console. Method: the lists of the platforms and of the demo. */
import { expect, test } from "vitest";
import { scenarioTitle } from "../console/src/pages/simulator/scenario-titles.ts";
import { DEMO_SCENARIOS } from "../src/commands/demo/scenarios.ts";
import { SCENARIOS } from "../src/simulator/scenario-list.ts";

test.each(SCENARIOS)("$channel $id has a title", ({ titleKey }) => {
  expect(scenarioTitle(titleKey)).toBe(titleKey);
});

test.each(DEMO_SCENARIOS)("$id has a title", ({ titleKey }) => {
  expect(scenarioTitle(titleKey)).toBe(titleKey);
});

test("one that nobody knows has none", () => {
  expect(scenarioTitle("scenario.nobody")).toBeNull();
});
