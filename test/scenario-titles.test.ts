/** Goal: every scenario has a title in the console. Method: the list of all that the platforms have. */
import { expect, test } from "vitest";
import { scenarioTitle } from "../console/src/pages/simulator/scenario-titles.ts";
import { SCENARIOS } from "../src/simulator/scenario-list.ts";

test.each(SCENARIOS)("$channel $id has a title", ({ titleKey }) => {
  expect(scenarioTitle(titleKey)).toBe(titleKey);
});

test("one that nobody knows has none", () => {
  expect(scenarioTitle("scenario.nobody")).toBeNull();
});
