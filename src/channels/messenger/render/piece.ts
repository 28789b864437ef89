import { splitText } from "../../../core/split-text.ts";
import { LIMITS } from "./limits.ts";

/** What one call says: a message of the Send API, and what stands beside it in the request. */
export interface PageMessage {
  readonly message: Readonly<Record<string, unknown>>;
  /** The tag under which it may go outside the window. */
  readonly tag?: string;
  /** The message that it quotes. */
  readonly replyTo?: string;
}

/** What one reply became. */
export interface Piece {
  readonly messages: readonly PageMessage[];
  /** What is said in another way than the agent said it, without its words. */
  readonly adapted: readonly string[];
}

export function texts(text: string): PageMessage[] {
  return splitText(text, LIMITS.text).map((part) => ({ message: { text: part } }));
}

export function said(text: string, adapted: readonly string[] = []): Piece {
  return { messages: texts(text), adapted };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Meta doesn't say how it counts: UTF-16 units are the strictest of what "characters" may mean. */
export function fits(text: string, limit: number): boolean {
  return text.length <= limit;
}

/** The beginning of a text that has no room, with a mark where it ends. What it doesn't show is said elsewhere. */
export function shorten(text: string, limit: number): string {
  if (fits(text, limit)) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(text.slice(0, limit))) {
    if (kept.length + segment.length > limit - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** What can't be tapped can be typed. */
export function numbered(labels: readonly string[]): string {
  return labels.map((label, index) => `${index + 1}. ${label}`).join("\n");
}
