import { splitText } from "../../../core/split-text.ts";
import { LIMITS } from "./limits.ts";

/** A message of the Send API, with other parameters of its request. */
export interface PageMessage {
  readonly message: Readonly<Record<string, unknown>>;
  /** Message tag, which allows sending outside the window. */
  readonly tag?: string;
  /** Id of the quoted message. */
  readonly replyTo?: string;
}

/** One rendered reply. */
export interface Piece {
  readonly messages: readonly PageMessage[];
  /** What was rendered differently from the reply, without the reply's content. */
  readonly adapted: readonly string[];
}

export function texts(text: string): PageMessage[] {
  return splitText(text, LIMITS.text).map((part) => ({ message: { text: part } }));
}

export function textPiece(text: string, adapted: readonly string[] = []): Piece {
  return { messages: texts(text), adapted };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Meta doesn't document how it counts "characters": UTF-16 units are the strictest count. */
export function fits(text: string, limit: number): boolean {
  return text.length <= limit;
}

/** A text cut to `limit` units, with an ellipsis. The caller shows the full text elsewhere. */
export function shorten(text: string, limit: number): string {
  if (fits(text, limit)) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(text.slice(0, limit))) {
    if (kept.length + segment.length > limit - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A numbered list: the person answers by typing. */
export function numbered(labels: readonly string[]): string {
  return labels.map((label, index) => `${index + 1}. ${label}`).join("\n");
}
