import { splitText } from "../../../core/split-text.ts";
import type { Piece as SharedPiece } from "../../render.ts";

/** LINE: a text message has up to 5 000 characters, counted in UTF-16 code units (Character counting in a text). */
export const TEXT_LIMIT = 5_000;

export type LineMessage = Readonly<Record<string, unknown>>;

export type Piece = SharedPiece<LineMessage>;

export function texts(text: string): LineMessage[] {
  return splitText(text, TEXT_LIMIT).map((part) => ({ type: "text", text: part }));
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Bounds the work for graphemes of piled-up combining marks: longer ones count as too long. */
const UNITS_PER_GRAPHEME = 16;

/** Labels, titles and `displayText` are counted in grapheme clusters (LINE: Character counting in a text). */
export function fits(text: string, limit: number): boolean {
  if (text.length <= limit) return true;
  if (text.length > limit * UNITS_PER_GRAPHEME) return false;
  let count = 0;
  for (const _ of graphemes.segment(text)) if (++count > limit) return false;
  return true;
}

/** A text cut to `limit` graphemes, with an ellipsis. The caller shows the full text elsewhere. */
export function shorten(text: string, limit: number): string {
  if (fits(text, limit)) return text;
  const kept: string[] = [];
  let units = 0;
  for (const { segment } of graphemes.segment(text.slice(0, limit * UNITS_PER_GRAPHEME))) {
    units += segment.length;
    if (kept.length >= limit - 1 || units > (limit - 1) * UNITS_PER_GRAPHEME) break;
    kept.push(segment);
  }
  return `${kept.join("")}…`;
}

/** LINE: a URL of media has up to 2 000 characters and is percent-encoded as UTF-8 (Messaging API reference). */
export const MEDIA_URL_LIMIT = 2_000;

/** The URL in the form that LINE requires; `null` when it is too long. */
export function asUri(url: string, limit: number): string | null {
  const encoded = (URL.parse(url)?.href ?? url)
    .replaceAll(/[^\w\-.~:/?#@!$&'()*+,;=%]/gu, encodeURIComponent)
    .replaceAll(/%(?![0-9A-Fa-f]{2})/g, "%25");
  return encoded.length <= limit ? encoded : null;
}
