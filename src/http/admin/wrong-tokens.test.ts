/** Goal: whoever guesses tokens waits for longer and longer, and a program with an old token guesses nothing. */
import { expect, test } from "vitest";
import { createWrongTokens } from "./wrong-tokens.ts";

test("wrong tokens of a client make it wait for longer and longer, and are forgotten after an hour", () => {
  const { clock, wrongTokens } = timed();
  for (let n = 1; n <= 5; n++) {
    expect(wrongTokens.waitS("a")).toBeNull();
    wrongTokens.typed("a", "wrong");
  }
  const waits: (number | null)[] = [];
  for (let n = 0; n < 8; n++) {
    waits.push(wrongTokens.waitS("a"));
    wrongTokens.typed("a", "wrong");
  }
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  expect(wrongTokens.waitS("b")).toBeNull();
  clock.now += 3_600_000;
  expect(wrongTokens.waitS("a")).toBeNull();
  wrongTokens.typed("a", "wrong");
  expect(wrongTokens.waitS("a")).toBeNull();
});

test("wrong tokens that a program repeats count once: it has an old token, and guesses nothing", () => {
  const { wrongTokens } = timed();
  for (let n = 0; n < 100; n++) wrongTokens.sent("a", "an old one");
  expect(wrongTokens.waitS("a")).toBeNull();
  for (let n = 0; n < 4; n++) wrongTokens.sent("a", `guess ${n}`);
  expect(wrongTokens.waitS("a")).toBe(5);
});

function timed() {
  const clock = { now: 1_000_000 };
  const read = { now: () => clock.now, wall: () => clock.now, after: () => () => undefined };
  return { clock, wrongTokens: createWrongTokens(read) };
}
