/** As many graphemes of a text are shown before somebody asks for all. */
export const CLIP_GRAPHEMES = 600;
/** One grapheme may be thousands of characters long. */
const LENGTH_PER_GRAPHEME = 16;

let segmenter: Intl.Segmenter | undefined;

/** The beginning of the text, cut between graphemes; `null`: it is short enough as it is. */
export function clipped(text: string, graphemes = CLIP_GRAPHEMES): string | null {
  if (text.length <= graphemes) return null;
  const max = graphemes * LENGTH_PER_GRAPHEME;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let count = 0;
  let end = 0;
  for (const { index, segment } of segmenter.segment(text.slice(0, max))) {
    if (count === graphemes) return text.slice(0, end);
    count += 1;
    end = index + segment.length;
  }
  return end < text.length ? text.slice(0, end) : null;
}
