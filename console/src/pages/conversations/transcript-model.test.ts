/**
 * Goal: pages of a transcript are one transcript, and everything stands with its turn.
 * Method: entries as the gateway tells them, in pages that overlap, move and leave a gap.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Entry,
  groupsOf,
  idsIn,
  type Of,
  partOfEvent,
  partOfMessage,
  type Timeline,
  withNewest,
  withOlder,
} from "./transcript-model.ts";

const at = (second: number) => new Date(Date.UTC(2026, 11, 1, 0, 0, second)).toISOString();

const event = (number: number, turnId: string | null, content: Of<"event">["content"] = {}): Of<"event"> => ({
  kind: "event",
  at: at(number),
  eventId: `evt_${number}`,
  platformEventId: "p",
  type: "message",
  state: turnId === null ? "stored" : "accepted",
  turnId,
  sentAt: at(number),
  redelivered: false,
  sender: null,
  content,
  contentDeleted: false,
  replyToken: null,
});
const action = (number: number, item: Of<"action">["item"], id: string): Of<"action"> => ({
  kind: "action",
  at: at(number),
  actionId: `act_${number}`,
  actor: "ann",
  action: "pause",
  item,
  id,
  conversationId: "cnv_1",
  from: "active",
  to: "paused",
});
const receipt = (number: number, deliveryId: string): Of<"receipt"> => ({
  kind: "receipt",
  at: at(number),
  deliveryId,
  platformMessageId: "m",
  status: "read",
  saidAt: at(number),
  detail: null,
});
const delivery = (number: number, turnId: string | null) =>
  ({
    kind: "delivery",
    at: at(number),
    deliveryId: `dlv_${number}`,
    turnId,
    messages: [],
  }) as unknown as Of<"delivery">;

const timeline = (entries: readonly Entry[], next: string | null = null) =>
  ({ conversation: {}, entries, next }) as unknown as Timeline;
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => event(from + index, `turn_${from + index}`));
const idsOf = ({ entries }: Timeline) => entries.map((entry) => (entry.kind === "event" ? entry.eventId : ""));

test("older pages go before, the newest takes the place of what was known of it", () => {
  const known = withOlder(timeline(numbered(5, 10), "5"), timeline(numbered(0, 5)));
  const retracted = { ...event(9, "turn_9"), state: "retracted" as const };
  const after = withNewest(known, timeline([...numbered(7, 9), retracted, event(10, "turn_10")], "7"));
  expect(idsOf(after)).toEqual(numbered(0, 11).map(({ eventId }) => eventId));
  expect(after.entries.at(-2)).toMatchObject({ state: "retracted" });
  expect(after.next).toBeNull();
});

test("what is no longer joined to the newest page is left, so that there is no gap in it", () => {
  const after = withNewest(timeline(numbered(0, 5)), timeline(numbered(8, 12), "8"));
  expect(idsOf(after)).toEqual(numbered(8, 12).map(({ eventId }) => eventId));
  expect(after.next).toBe("8");
});

test("in whatever steps it comes, nothing is twice there and the order is that of the gateway", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(8), { minLength: 1, maxLength: 10 }), (steps) => {
      let end = 10;
      let known = timeline(numbered(0, end), "older");
      for (const step of steps) {
        end += step;
        known = withNewest(known, timeline(numbered(end - 10, end), "older"));
      }
      expect(idsOf(known)).toEqual(numbered(0, end).map(({ eventId }) => eventId));
    }),
  );
});

test("a turn has its messages, deliveries and receipts; what has no turn stands alone, in order of time", () => {
  const groups = groupsOf([
    event(1, "turn_1"),
    event(2, null),
    event(3, "turn_1"),
    delivery(4, "turn_1"),
    action(5, "conversation", "cnv_1"),
    delivery(6, null),
    receipt(7, "dlv_4"),
    receipt(8, "dlv_6"),
    action(9, "delivery", "dlv_4"),
  ]);
  expect(groups.map(({ key }) => key)).toEqual(["turn_1", "evt_2", "act_5", "dlv_6"]);
  expect(groups[0]).toMatchObject({
    events: [{ eventId: "evt_1" }, { eventId: "evt_3" }],
    deliveries: [{ delivery: { deliveryId: "dlv_4" }, receipts: [{ status: "read" }] }],
    actions: [{ actionId: "act_9" }],
  });
  expect(groups[3]?.deliveries[0]?.receipts).toHaveLength(1);
});

test("a line of the stream may name the conversation by its turns and deliveries", () => {
  expect([...idsIn("cnv_1", [event(1, "turn_1"), delivery(2, "turn_1")])]).toEqual(["cnv_1", "dlv_2"]);
});

test("what is said is shown as its text, and where there is none as what it is", () => {
  const said = (content: Of<"event">["content"]) => partOfEvent(event(1, null, content));
  expect(said({ message: { id: "1", type: "text", text: "hi" } })).toEqual({ type: "text", text: "hi" });
  expect(said({ message: { id: "1", type: "image" } })).toEqual({ type: "image", text: null });
  expect(said({ postback: { data: "a=1" } })).toEqual({ type: "message", text: "a=1" });
  expect(said({ details: {} })).toEqual({ type: "message", text: null });
  expect(partOfMessage({ type: "flex", altText: "a menu", contents: {} })).toEqual({ type: "flex", text: "a menu" });
  expect(partOfMessage({ type: "image", originalContentUrl: "x" })).toEqual({
    type: "image",
    text: '{"originalContentUrl":"x"}',
  });
  expect(partOfMessage({ type: "text" })).toEqual({ type: "text", text: null });
  expect(partOfMessage("?")).toEqual({ type: "", text: "?" });
});

test("the words of a message are found where each platform has them", () => {
  const words = (message: unknown) => partOfMessage(message).text;
  expect(words({ type: "text", text: "on LINE" })).toBe("on LINE");
  expect(words({ type: "text", text: { body: "on WhatsApp" } })).toBe("on WhatsApp");
  expect(words({ type: "interactive", interactive: { type: "button", body: { text: "choose" } } })).toBe("choose");
  expect(words({ type: "image", image: { link: "x", caption: "a picture" } })).toBe("a picture");
  expect(words({ message: { text: "on Messenger" } })).toBe("on Messenger");
  expect(words({ message: { attachment: { type: "template", payload: { text: "choose" } } } })).toBe("choose");
});
