/** Goal: a greeting silences nobody, and a human agent's answer is no greeting. Method: times around the limits. */
import { expect, test } from "vitest";
import { mayBeGreeting } from "./handover.ts";

const T = 1_790_000_000_000;
const LIMIT = 10_000;
const WEEK = 7 * 24 * 60 * 60_000;

test.each([
  ["a first message just before", [T - 1], true],
  ["several first messages just before", [T - 9_000, T - 1], true],
  ["a first message as long ago as is allowed", [T - LIMIT], true],
  ["a first message in the same second, by a clock of whole seconds", [T + 999], true],
  ["a message after two weeks of silence", [T - 2 * WEEK, T - 1], true],
  ["a first message longer ago", [T - LIMIT - 1], false],
  ["another message before", [T - LIMIT - 1, T - 1], false],
  ["a message within two weeks before", [T - 2 * WEEK + 1, T - 1], false],
  ["no message", [], false],
  ["only a later message", [T + 1_000], false],
])("%s: may be a greeting, %s", (_name, writtenAt, is) => {
  expect(mayBeGreeting(T, writtenAt, LIMIT)).toBe(is);
});

test("with a limit of 0 nothing is a greeting", () => {
  expect(mayBeGreeting(T, [T], 0)).toBe(false);
});
