/** Characters that aren't seen and may turn a text around, so that it can be shown where they are. */

/** Controls, what formats (directions, zero width), ends of lines and paragraphs, and halves of a character. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

export interface MarkedPart {
  readonly text: string;
  readonly isMark: boolean;
}

/** `keep`: what is left as it is. */
export function markedParts(text: string, keep = ""): readonly MarkedPart[] {
  const parts: MarkedPart[] = [];
  let from = 0;
  for (const { 0: unseen, index } of text.matchAll(UNSEEN)) {
    if (keep.includes(unseen)) continue;
    if (index > from) parts.push({ text: text.slice(from, index), isMark: false });
    parts.push({ text: markOf(unseen), isMark: true });
    from = index + unseen.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isMark: false });
  return parts;
}

/** For a place that holds nothing but text. */
export function withMarks(text: string): string {
  return markedParts(text)
    .map((part) => part.text)
    .join("");
}

function markOf(character: string): string {
  return `⟦U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟧`;
}
