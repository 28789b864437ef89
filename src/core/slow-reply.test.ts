/** Goal: a tap on a button gets the answer or a word that makes sense. Method: every state by example. */
import { describe, expect, test } from "vitest";
import {
  answerTap,
  deliveryKindOf,
  NOTICE_KINDS,
  SLOW_REPLY_STATES,
  SLOW_REPLY_TRANSITIONS,
  type SlowReplyState,
  type Tap,
} from "./slow-reply.ts";

const NOW = 1_790_000_000_000;
const tap = (change: Partial<Tap>): Tap => ({
  state: "offered",
  waiting: true,
  mine: true,
  now: NOW,
  expiresAt: NOW + 1,
  ...change,
});

test("every state leads to states, and from each an answer can still come", () => {
  for (const state of SLOW_REPLY_STATES) {
    const next: readonly SlowReplyState[] = SLOW_REPLY_TRANSITIONS[state];
    expect(next.length).toBeGreaterThan(0);
    expect(state === "ready" || next.includes("ready")).toBe(true);
  }
});

describe("a tap", () => {
  test.each<[Partial<Tap>, ReturnType<typeof answerTap>]>([
    [{ state: null }, "expired"],
    [{ state: "offered" }, "working"],
    [{ state: "offered", expiresAt: NOW }, "expired"],
    [{ state: "ready" }, "deliver"],
    [{ state: "ready", expiresAt: NOW - 1_000 }, "deliver"],
    [{ state: "ready", waiting: false }, "failed"],
    [{ state: "told" }, "told"],
    [{ state: "told", expiresAt: NOW - 1_000 }, "told"],
    [{ state: "failed" }, "failed"],
    [{ state: "failed", expiresAt: NOW }, "expired"],
    [{ state: "ready", mine: false }, "not-yours"],
    [{ state: null, mine: false }, "expired"],
  ])("%j gets %s", (change, answer) => {
    expect(answerTap(tap(change))).toBe(answer);
  });
});

test("two of our words have a button", () => {
  expect(NOTICE_KINDS.filter((kind) => deliveryKindOf(kind) === "button")).toEqual(["offer", "working"]);
});
