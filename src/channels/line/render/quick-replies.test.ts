/** Goal: quick replies stand where LINE shows them. */
import { describe, expect, test } from "vitest";
import { mergeQuickReplies } from "./quick-replies.ts";

const item = (label: string) => ({ type: "action", action: { type: "message", label, text: label } });
const says = (text: string, ...labels: string[]) =>
  labels.length === 0 ? { type: "text", text } : { type: "text", text, quickReply: { items: labels.map(item) } };
const labelsOf = (messages: readonly unknown[]) =>
  messages.map((message) =>
    (
      (message as ReturnType<typeof says> & { quickReply?: { items: { action: { label: string } }[] } }).quickReply
        ?.items ?? []
    ).map(({ action }) => action.label),
  );

describe("quick replies", () => {
  test("of all messages come to stand on the last", () => {
    expect(labelsOf(mergeQuickReplies([says("a", "1"), says("b"), says("c", "2")], null))).toEqual([
      [],
      [],
      ["1", "2"],
    ]);
  });

  test("that are too many lose the oldest, and the button for more has its place", () => {
    const many = Array.from({ length: 13 }, (_, n) => `${n}`);
    const [first, last] = labelsOf(mergeQuickReplies([says("a", "old"), says("b", ...many)], null));
    expect([first, last]).toEqual([[], many]);
    const [more] = labelsOf(mergeQuickReplies([says("b", ...many)], { type: "postback", label: "more", data: "t" }));
    expect(more).toEqual(["more", ...many.slice(1)]);
  });

  test("are optional", () => {
    const messages = [says("a"), { type: "hologram" }];
    expect(mergeQuickReplies(messages, null)).toBe(messages);
  });
});
