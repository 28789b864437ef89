/** Goal: no text hides what it is, or takes more of the page than others. Method: texts that try, and fast-check. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { clipped } from "./clip.ts";
import { markedParts, withMarks } from "./marked.ts";

test("characters that aren't seen are marked by their numbers", () => {
  expect(withMarks("a\u202Egnp.exe\u200B\0")).toBe("a⟦U+202E⟧gnp.exe⟦U+200B⟧⟦U+0000⟧");
  expect(withMarks("سلام 👍 <img onerror>")).toBe("سلام 👍 <img onerror>");
  expect(markedParts("a\n\u2066", "\n")).toEqual([
    { text: "a\n", isMark: false },
    { text: "⟦U+2066⟧", isMark: true },
  ]);
});

test("of a long text the first 600 graphemes are shown, and none is cut in two", () => {
  expect(clipped("x".repeat(600))).toBeNull();
  expect(clipped("x".repeat(10_000))).toBe("x".repeat(600));
  const family = "👨‍👩‍👧‍👦";
  expect(clipped(family.repeat(600))).toBeNull();
  expect(clipped(family.repeat(601))).toBe(family.repeat(600));
});

test("one grapheme that never ends is cut all the same", () => {
  expect(clipped(`a${"\u0301".repeat(100_000)}`)?.length).toBe(9_600);
});

test("whatever is shown is the beginning of the text", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "é", "👨‍👩‍👧‍👦", "\u0301", "\uD83D", "\u202E", "\r\n")), (parts) => {
      const text = parts.join("");
      const shown = clipped(text, 10);
      expect(text.startsWith(shown ?? text)).toBe(true);
    }),
  );
});
