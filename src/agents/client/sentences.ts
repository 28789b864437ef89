export interface SentenceOptions {
  /**
   * A part goes out when it has at least so many characters and ends with a sentence; the rest at the end. Each part may
   * be a paid message: small parts are quick to read and dear. Default 400.
   */
  readonly charsMin?: number;
  /** The language, for where its sentences end (BCP 47). Default: the machine's. */
  readonly language?: string;
}

/** Gathers the pieces of a text into parts that end where a sentence ends. Nothing is lost, added or changed within them. */
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

/** Where the last whole sentence ends. The last segment may go on with the next piece, so it is never whole. */
function endOfSentences(segmenter: Intl.Segmenter, text: string): number {
  return [...segmenter.segment(text)].at(-1)?.index ?? 0;
}
