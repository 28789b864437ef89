import { assert } from "./errors.ts";

/**
 * Splits a text into pieces of at most `limit` UTF-16 units. Joined they are the text, to the character; only pieces of
 * nothing but white space are left out, because platforms refuse an empty message.
 *
 * It cuts after the last paragraph break that fits, else after the last sentence, else after the last white space,
 * else between two graphemes, so that neither a surrogate pair nor an emoji family is broken. Only a single grapheme
 * longer than the limit is cut inside, between code points.
 */
export function splitText(text: string, limit: number): string[] {
  assert(limit >= 2, "a piece must have room for a surrogate pair");
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    const end = cutPoint(rest, limit);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  pieces.push(rest);
  return pieces.filter((piece) => piece.trim() !== "");
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** No grapheme that people write is longer (UTF-16 units): a family of four with skin tones has 19. */
const GRAPHEME_REACH = 64;

// A break in the first half would make a short first message; then the next finer kind of break is used.
const EARLIEST_SHARE = 0.5;

const BORDERS: readonly RegExp[] = [
  /\n[ \t]*\n\s*/g, // paragraph
  /[.!?…]["'”’)\]]*\s+|[。！？][」』）]*\s*|\n+/g, // sentence or line, also where no space follows it
  /\s+/g, // word
];

function cutPoint(text: string, limit: number): number {
  const head = text.slice(0, limit);
  for (const border of BORDERS) {
    const ends = [...head.matchAll(border)].map((match) => match.index + match[0].length);
    const end = ends.findLast((at) => at >= limit * EARLIEST_SHARE && isBetweenGraphemes(text, at));
    if (end !== undefined) return end;
  }
  return graphemeCut(text, limit);
}

/** White space can belong to what follows it: a combining mark, or the line feed of a pair. */
function isBetweenGraphemes(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const from = Math.max(0, at - GRAPHEME_REACH);
  return graphemes.segment(text.slice(from, at + GRAPHEME_REACH)).containing(at - from)?.index === at - from;
}

function graphemeCut(text: string, limit: number): number {
  let end = 0;
  // Enough beyond the limit to see where the grapheme that crosses it began.
  for (const { index, segment } of graphemes.segment(text.slice(0, limit + GRAPHEME_REACH))) {
    if (index + segment.length > limit) break;
    end = index + segment.length;
  }
  if (end > 0) return end;
  const splitsPair = isHighSurrogate(text.charCodeAt(limit - 1));
  return splitsPair && limit > 1 ? limit - 1 : limit;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
