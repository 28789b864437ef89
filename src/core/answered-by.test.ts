/** Goal: a greeting silences nobody, and a human agent's answer is no greeting. Method: times around the limits. */
import { expect, test } from "vitest";
import { sayerOf } from "./answered-by.ts";

const T = 1_790_000_000_000;
const LIMIT = 10_000;
const WEEK = 7 * 24 * 60 * 60_000;

test.each([
  ["a first message just before", [T - 1], "greeting"],
  ["several first messages just before", [T - 9_000, T - 1], "greeting"],
  ["a first message as long ago as is allowed", [T - LIMIT], "greeting"],
  ["a first message in the same second, by a clock of whole seconds", [T + 999], "greeting"],
  ["a message after two weeks of silence", [T - 2 * WEEK, T - 1], "greeting"],
  ["a first message longer ago", [T - LIMIT - 1], "human"],
  ["another message before", [T - LIMIT - 1, T - 1], "human"],
  ["a message within two weeks before", [T - 2 * WEEK + 1, T - 1], "human"],
  ["no message yet", [], "early"],
  ["only a later message yet", [T + 1_000], "early"],
  ["only a message two weeks before", [T - 2 * WEEK], "early"],
] as const)("%s: %s %s", (_name, writtenAt, sayer) => {
  expect(sayerOf(T, writtenAt, LIMIT)).toBe(sayer);
});

test("with a limit of 0 nothing is a greeting", () => {
  expect(sayerOf(T, [T], 0)).toBe("human");
  expect(sayerOf(T, [], 0)).toBe("human");
});
