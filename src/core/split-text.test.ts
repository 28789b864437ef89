/**
 * Goal: a long answer arrives whole, in pieces that a platform takes and a person can read.
 * Method: properties over texts made of what is hard to cut (emoji families, flags, combining marks, Chinese and Thai,
 * white space of every kind), and examples for where it should cut.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitText } from "./split-text.ts";

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const ZALGO = `o${"\u0301\u0327\u0330".repeat(30)}`;
const UNITS = ["a", "word", " ", "\n", "\n\n", ". ", "! ", "。", "！」", "你好", "สวัสดี", "\t", "  ", "\u00a0", "…\n"];
const JOINED = ["😀", "👩‍👩‍👧‍👦", "🇹🇼", "🇯🇵🇰🇷", "é", "한", "👍🏽", "❤️", "नि", ZALGO];

const text = fc.array(fc.constantFrom(...UNITS, ...JOINED), { maxLength: 60 }).map((units) => units.join(""));
// A code point may take two units, so a smaller limit can't be kept.
const limit = fc.integer({ min: 2, max: 80 });
const anyText = fc.string({ unit: "binary", maxLength: 200 });
const RUNS = { numRuns: 2_000 };

/** Where `text` was cut, in UTF-16 units from its start. Only for texts of which no piece was left out. */
function cutsOf(pieces: readonly string[]): number[] {
  const ends = pieces.map((_, index) => pieces.slice(0, index + 1).join("").length);
  return ends.slice(0, -1);
}

function expectNoBrokenGrapheme(whole: string, most: number): void {
  const pieces = splitText(whole, most);
  fc.pre(pieces.join("") === whole);
  const inside = [...SEGMENTER.segment(whole)].filter(({ segment }) => segment.length <= most);
  for (const cut of cutsOf(pieces)) {
    const broken = inside.find(({ index, segment }) => index < cut && cut < index + segment.length);
    expect(broken?.segment, `cut at ${cut} of ${JSON.stringify(whole)}`).toBeUndefined();
  }
}

describe("whatever the text is", () => {
  test("no piece is longer than the limit, empty or nothing but white space", () => {
    fc.assert(
      fc.property(fc.oneof(text, anyText), limit, (whole, most) => {
        for (const piece of splitText(whole, most)) {
          expect(piece.length).toBeLessThanOrEqual(most);
          expect(piece.trim()).not.toBe("");
        }
      }),
      RUNS,
    );
  });

  test("the pieces are the text in order, and only white space is missing between them", () => {
    fc.assert(
      fc.property(fc.oneof(text, anyText), limit, (whole, most) => {
        const pieces = splitText(whole, most);
        let at = 0;
        for (const piece of pieces) {
          const start = whole.indexOf(piece, at);
          expect(start).toBeGreaterThanOrEqual(at);
          expect(whole.slice(at, start).trim()).toBe("");
          at = start + piece.length;
        }
        expect(whole.slice(at).trim()).toBe("");
      }),
      RUNS,
    );
  });

  test("a text without white space loses nothing at all", () => {
    const solid = fc.array(fc.constantFrom("a", "word.", "。", ...JOINED), { maxLength: 60 });
    fc.assert(
      fc.property(solid, limit, (units, most) => {
        expect(splitText(units.join(""), most).join("")).toBe(units.join(""));
      }),
      RUNS,
    );
  });

  test("no surrogate pair is torn", () => {
    fc.assert(
      fc.property(fc.oneof(text, anyText), limit, (whole, most) => {
        fc.pre(whole.isWellFormed());
        for (const piece of splitText(whole, most)) expect(piece.isWellFormed()).toBe(true);
      }),
      RUNS,
    );
  });

  test("no grapheme is broken that fits into the limit", () => {
    fc.assert(fc.property(text, limit, expectNoBrokenGrapheme), RUNS);
  });

  test("no grapheme is broken where white space is a part of it", () => {
    const odd = fc.array(fc.constantFrom("a", "bc", "\r\n", " \u0301", "\n\u200d", "。\ufe01", "!\u0308 ", " "), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        odd.map((units) => units.join("")),
        limit,
        expectNoBrokenGrapheme,
      ),
      RUNS,
    );
  });

  test("there are at most about twice as many pieces as the length asks for", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: ZALGO.length * 2, max: 400 }), (whole, most) => {
        expect(splitText(whole, most).length).toBeLessThanOrEqual(Math.ceil((2 * whole.length) / most) + 1);
      }),
      RUNS,
    );
  });
});

describe("a text", () => {
  test("that fits stays as it is, with its white space", () => {
    expect(splitText("  hello \n", 9)).toEqual(["  hello \n"]);
  });

  test.each(["", " ", "\n\n\t", "\u3000"])("that is nothing but white space (%j) has no piece", (blank) => {
    expect(splitText(blank, 5)).toEqual([]);
    expect(splitText(blank.repeat(20), 5)).toEqual([]);
  });

  test("keeps the white space that one of its pieces begins with", () => {
    expect(splitText("hello world", 5)).toEqual(["hello", " worl", "d"]);
  });

  test("is cut after a paragraph rather than after a later sentence", () => {
    expect(splitText("First part.\n\nSecond. Third part", 24)).toEqual(["First part.\n\n", "Second. Third part"]);
  });

  test("is cut after a sentence rather than after a later word", () => {
    expect(splitText("One thing is so. Another one isn't", 26)).toEqual(["One thing is so. ", "Another one isn't"]);
  });

  test("is cut after a word rather than inside one", () => {
    expect(splitText("alpha beta gamma", 12)).toEqual(["alpha beta ", "gamma"]);
  });

  test("is cut after the last border that fits, not after the first", () => {
    expect(splitText("A one. B two. C three. D four", 24)).toEqual(["A one. B two. C three. ", "D four"]);
  });

  test("keeps a closing quotation mark with its sentence", () => {
    expect(splitText("He said “that is it.” Then he left us", 31)).toEqual([
      "He said “that is it.” ",
      "Then he left us",
    ]);
    expect(splitText("他說「就是這樣。」然後他走了", 10)).toEqual(["他說「就是這樣。」", "然後他走了"]);
  });

  test("of lines is cut at a line's end", () => {
    expect(splitText("- milk\n- bread\n- cheese", 18)).toEqual(["- milk\n- bread\n", "- cheese"]);
  });

  test("with its only border in the first half is cut between graphemes, not into a stub", () => {
    expect(splitText(`Hi. ${"x".repeat(20)}`, 12)).toEqual([`Hi. ${"x".repeat(8)}`, "x".repeat(12)]);
  });

  test("without any border is cut between graphemes", () => {
    expect(splitText("👩‍👩‍👧‍👦".repeat(3), 25)).toEqual(["👩‍👩‍👧‍👦".repeat(2), "👩‍👩‍👧‍👦"]);
    expect(splitText("🇹🇼".repeat(5), 9)).toEqual(["🇹🇼🇹🇼", "🇹🇼🇹🇼", "🇹🇼"]);
  });

  test("with one grapheme longer than the limit is cut inside it, between code points", () => {
    expect(splitText("👩‍👩‍👧‍👦", 4).join("")).toBe("👩‍👩‍👧‍👦");
    expect(splitText(ZALGO, 40).map((piece) => piece.length)).toEqual([40, 40, 11]);
  });

  test("of LINE's limit stays whole, and one unit more makes two pieces", () => {
    expect(splitText("x".repeat(5_000), 5_000)).toHaveLength(1);
    expect(splitText("x".repeat(5_001), 5_000).map((piece) => piece.length)).toEqual([5_000, 1]);
  });

  test("of a hundred thousand full stops is cut as well", () => {
    expect(splitText(".".repeat(100_000), 5_000)).toHaveLength(20);
  });
});
