/** Goal: what the agent said reaches LINE whole, in messages that LINE takes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { packCalls } from "../../core/pack.ts";
import { Unrenderable } from "../channel.ts";
import { MESSAGES_PER_CALL, renderReplies, TEXT_LIMIT } from "./render.ts";
import { checkMessages } from "./simulator/messages.ts";

const text = (words: string) => ({ type: "text", text: words }) as const;

test("texts and raw messages keep their order", () => {
  const sticker = { type: "sticker", packageId: "446", stickerId: "1988" };
  expect(renderReplies([text("one"), { type: "raw", channel: "line", message: sticker }, text("two")])).toEqual([
    text("one"),
    sticker,
    text("two"),
  ]);
});

test("a text that is empty or white space is left out: LINE would refuse the whole call", () => {
  expect(renderReplies([text(""), text(" \n\t"), text("here")])).toEqual([text("here")]);
  expect(renderReplies([])).toEqual([]);
});

test("a raw message for another platform is refused, and the words name the field", () => {
  const other = { type: "raw", channel: "messenger", message: {} } as const;
  expect(() => renderReplies([text("one"), other])).toThrow(Unrenderable);
  expect(() => renderReplies([text("one"), other])).toThrow('replies[1].channel is "messenger"; allowed: "line"');
});

test("regression: 4 096 emoji are 8 192 UTF-16 units, and none of them is lost", () => {
  const messages = renderReplies([text("😀".repeat(4_096))]);
  expect(checkMessages(messages)).toEqual([]);
  expect(messages.map((message) => (message as { text: string }).text).join("")).toBe("😀".repeat(4_096));
});

test("any text over the limit is split and never cut, and LINE takes every piece", () => {
  const unit = fc.constantFrom("a", " ", "\n\n", ". ", "。", "👩‍👩‍👧", "é", "漢");
  fc.assert(
    fc.property(fc.string({ unit, minLength: 3_000, maxLength: 9_000 }), (words) => {
      const pieces = renderReplies([text(`x${words}x`)]).map((message) => (message as { text: string }).text);
      expect(pieces.every((piece) => piece.length <= TEXT_LIMIT && piece.trim() !== "")).toBe(true);
      const letters = (said: string) => said.replaceAll(/\s/g, "");
      expect(letters(pieces.join(""))).toBe(letters(`x${words}x`));
    }),
    { numRuns: 30 },
  );
});

test("regression: six messages are two calls, and the first is full", () => {
  const messages = renderReplies(Array.from({ length: 6 }, (_, index) => text(`${index}`)));
  const units = messages.map((message) => ({ carriedId: null, messages: [message] }));
  expect(packCalls(units, MESSAGES_PER_CALL).map((call) => call.messages.length)).toEqual([5, 1]);
});
