/** Goal: times and durations read the same way everywhere, by one clock. Method: examples, in UTC and in the three languages. */
import { expect, test } from "vitest";
import { formatsFor } from "./formats.ts";

test.each([
  [0, "0 ms"],
  [11.4, "11 ms"],
  [999, "999 ms"],
  [4_250, "4.3 sec"],
  [67_000, "1 min 7 sec"],
  [3_600_000, "1 hr"],
  [3_840_000, "1 hr 4 min"],
  [90_000_000, "1 day 1 hr"],
])("%d ms is %s", (ms, text) => {
  expect(formatsFor("en", "utc").duration(ms)).toBe(text);
});

test("a rate has one digit behind the point where it is small, and else none", () => {
  const { rate } = formatsFor("en", "utc");
  expect([0, 0.25, 9.96, 32.279, 1_234.5].map(rate)).toEqual(["0", "0.3", "10", "32", "1,235"]);
});

test("a time is shown by the clock that was chosen", () => {
  expect(formatsFor("en", "utc").time("2026-12-01T23:59:58.000Z")).toBe("23:59:58");
  expect(formatsFor("en", "utc").timeOfAxis(Date.UTC(2026, 11, 1, 0, 5))).toBe("00:05");
});

test("units are those of the language", () => {
  expect(formatsFor("ja", "utc").duration(67_000)).toMatch(/^1 ?分 ?7 ?秒$/);
  expect(formatsFor("zh-TW", "utc").duration(67_000)).toMatch(/^1 ?分鐘 ?7 ?秒$/);
});
