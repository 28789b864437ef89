export interface SentenceOptions {
  /**
   * Minimum length of a part, in UTF-16 units; it ends at the end of a sentence. Each part may be a paid message: small
   * parts arrive earlier and cost more. Default 400.
   */
  readonly charsMin?: number;
  /** Language for the segmentation (BCP 47). Default: the runtime's. */
  readonly language?: string;
}

/** Joins the pieces of a text into parts of whole sentences. Only white space at their ends is dropped. */
export async function* sentencesOf(
  pieces: AsyncIterable<string> | Iterable<string>,
  { charsMin = 400, language }: SentenceOptions = {},
): AsyncGenerator<string> {
  const segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
  let held = "";
  for await (const piece of pieces) {
    held += piece;
    if (held.length < charsMin) continue;
    const end = endOfSentences(segmenter, held);
    if (end < charsMin) continue;
    yield held.slice(0, end).trimEnd();
    held = held.slice(end);
  }
  if (held.trim() !== "") yield held.trim();
}

/** End of the last complete sentence. The last segment may continue in the next piece. */
function endOfSentences(segmenter: Intl.Segmenter, text: string): number {
  return [...segmenter.segment(text)].at(-1)?.index ?? 0;
}
