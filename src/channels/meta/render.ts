const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * A text cut to `limit` UTF-16 units, between graphemes, with an ellipsis. The caller shows the full text elsewhere. Meta
 * doesn't document how it counts "characters": units are the strictest count.
 */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(text.slice(0, limit))) {
    if (kept.length + segment.length > limit - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
