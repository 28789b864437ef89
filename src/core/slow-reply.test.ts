/** Goal: a tap on a button gets the answer or the right system message. Method: every state by example. */
import { describe, expect, test } from "vitest";
import {
  answerButtonCallback,
  type ButtonCallback,
  deliveryKindOf,
  SLOW_REPLY_STATES,
  SLOW_REPLY_TRANSITIONS,
  type SlowReplyState,
  SYSTEM_MESSAGE_KINDS,
} from "./slow-reply.ts";

const NOW = 1_790_000_000_000;
const callback = (change: Partial<ButtonCallback>): ButtonCallback => ({
  state: "prompted",
  waiting: true,
  mine: true,
  now: NOW,
  expiresAt: NOW + 1,
  ...change,
});

test("every transition leads to a state, and from each an answer can still come", () => {
  for (const state of SLOW_REPLY_STATES) {
    const next: readonly SlowReplyState[] = SLOW_REPLY_TRANSITIONS[state];
    expect(next.length).toBeGreaterThan(0);
    expect(state === "ready" || next.includes("ready")).toBe(true);
  }
});

describe("a tap", () => {
  test.each<[Partial<ButtonCallback>, ReturnType<typeof answerButtonCallback>]>([
    [{ state: null }, "expired"],
    [{ state: "prompted" }, "working"],
    [{ state: "prompted", expiresAt: NOW }, "expired"],
    [{ state: "ready" }, "deliver"],
    [{ state: "ready", expiresAt: NOW - 1_000 }, "deliver"],
    [{ state: "ready", waiting: false }, "failed"],
    [{ state: "delivered" }, "delivered"],
    [{ state: "delivered", expiresAt: NOW - 1_000 }, "delivered"],
    [{ state: "failed" }, "failed"],
    [{ state: "failed", expiresAt: NOW }, "expired"],
    [{ state: "ready", mine: false }, "not-yours"],
    [{ state: null, mine: false }, "expired"],
  ])("%j gets %s", (change, answer) => {
    expect(answerButtonCallback(callback(change))).toBe(answer);
  });
});

test("two of the system messages have a button", () => {
  expect(SYSTEM_MESSAGE_KINDS.filter((kind) => deliveryKindOf(kind) === "button")).toEqual(["prompt", "working"]);
});
