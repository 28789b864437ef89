/** Goal: the story is that of the marked message, else the newest turn's. Method: transcripts as the API gives them. */
import { expect, test } from "vitest";
import { type Entry, groupsOf } from "../conversations/transcript-model.ts";
import { conversationOf, messageIdsOf, toldGroup } from "./story.ts";

const at = (second: number) => `2026-12-01T00:00:0${second}.000Z`;
const event = (messageId: string, turnId: string | null, second: number) =>
  ({
    kind: "event",
    at: at(second),
    eventId: `evt_${messageId}`,
    platformEventId: `platform-${messageId}`,
    turnId,
    content: { message: { id: messageId, type: "text" } },
  }) as Entry;
const turn = (turnId: string, second: number) => ({ kind: "turn", at: at(second), turnId, state: "done" }) as Entry;
const delivery = (turnId: string, ids: readonly string[], second: number) =>
  ({ kind: "delivery", at: at(second), deliveryId: `dlv_${turnId}`, turnId, platformMessageIds: ids }) as Entry;

const groups = groupsOf([
  event("m1", "turn_1", 1),
  turn("turn_1", 1),
  delivery("turn_1", ["b1"], 2),
  event("m2", "turn_2", 3),
  turn("turn_2", 3),
  event("m3", null, 4),
]);

test("without a mark it is the newest turn, and with one the turn of that message, of either side", () => {
  expect(toldGroup(groups, null)?.key).toBe("turn_2");
  expect(toldGroup(groups, "m1")?.key).toBe("turn_1");
  expect(toldGroup(groups, "b1")?.key).toBe("turn_1");
  expect(toldGroup(groups, "platform-m2")?.key).toBe("turn_2");
});

test("a message that has opened no turn, or never arrived, has no story", () => {
  expect(toldGroup(groups, "m3")).toBeNull();
  expect(toldGroup(groups, "m4")).toBeNull();
  expect(toldGroup([], null)).toBeNull();
});

test("a turn has the messages of both sides", () => {
  const [first] = groups;
  expect(first === undefined ? [] : [...messageIdsOf(first)]).toEqual(["platform-m1", "m1", "b1"]);
});

const found = (channel: string, peerId: string, kind: "user" | "group" = "user") => ({
  kind: "conversation" as const,
  id: `conv_${peerId}`,
  conversation: { conversationId: `conv_${peerId}`, channel, account: "default", kind, peerId },
});

test("a screen's conversation is the one of that id, else that of a person on the same platform", () => {
  expect(conversationOf({ found: [found("line", "C1", "group"), found("line", "Uann")] }, "line", "Uann")).toBe(
    "conv_Uann",
  );
  expect(conversationOf({ found: [found("line", "C1", "group")] }, "line", "Uann")).toBeNull();
  expect(conversationOf({ found: [found("whatsapp", "US.1")] }, "whatsapp", "15550001111")).toBe("conv_US.1");
  expect(conversationOf({ found: [found("messenger", "1")] }, "line", "1")).toBeNull();
});
