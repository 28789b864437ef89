/** How a platform counts the "characters" of a text. */
export type Count = (text: string) => number;

export const inUnits: Count = (text) => text.length;

export const inCodePoints: Count = (text) => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * A text of at most `limit` characters: cut between graphemes, with an ellipsis. The caller shows the full text elsewhere.
 * A grapheme that alone is over the limit (piled-up combining marks) is cut between code points.
 */
export function shorten(text: string, limit: number, count: Count): string {
  if (count(text) <= limit) return text;
  // A code point has two units at most, so nothing after these fits.
  const start = text.slice(0, 2 * limit);
  const whole = Array.from(graphemes.segment(start), ({ segment }) => segment);
  return `${(keep(whole, limit - 1, count) || keep(start, limit - 1, count)).trimEnd()}…`;
}

function keep(parts: Iterable<string>, room: number, count: Count): string {
  let kept = "";
  let left = room;
  for (const part of parts) {
    left -= count(part);
    if (left < 0) break;
    kept += part;
  }
  return kept;
}
