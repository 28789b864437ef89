/** Goal: one exact hit opens at once, where there is a page to open. Method: examples. */
import { expect, test } from "vitest";
import { addressOfFound, type Found, onlyPage } from "./found.ts";

const conversation = {
  conversationId: "conv_1",
  channel: "line",
  account: "default",
  kind: "user",
  peerId: "U1",
} as const;
const found = (kind: Found["kind"], id: string): Found => ({ kind, id, conversation });

test("each kind leads to its page, and an event to its conversation", () => {
  const all = [
    found("turn", "turn_1"),
    found("delivery", "dlv_1"),
    found("event", "evt_1"),
    found("conversation", "conv_1"),
  ];
  expect(all.map(addressOfFound)).toEqual(["/t/turn_1", "/d/dlv_1", "/c/conv_1", "/c/conv_1"]);
});

test("one hit opens its page if there is one; of several, or without a page, all are shown", () => {
  const one = found("turn", "turn_1");
  expect(onlyPage([one], () => true)).toBe("/t/turn_1");
  expect(onlyPage([one], () => false)).toBeNull();
  expect(onlyPage([one, found("delivery", "dlv_1")], () => true)).toBeNull();
  expect(onlyPage([], () => true)).toBeNull();
});
