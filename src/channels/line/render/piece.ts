import { splitText } from "../../../core/split-text.ts";
import type { Piece } from "../../render.ts";
import { inCodePoints, shorten } from "../../shorten.ts";

/** LINE: a text message has up to 5 000 characters, counted in UTF-16 code units (Character counting in a text). */
export const TEXT_LIMIT = 5_000;

export type LineMessage = Readonly<Record<string, unknown>>;

export type LinePiece = Piece<LineMessage>;

export function texts(text: string): LineMessage[] {
  return splitText(text, TEXT_LIMIT).map((part) => ({ type: "text", text: part }));
}

/**
 * Labels, titles and `displayText`. LINE's manual counts grapheme clusters (Character counting in a text); for labels it has
 * been measured to count code points and to refuse the whole call. A text within the count of code points is within both.
 */
export function fits(text: string, limit: number): boolean {
  return inCodePoints(text) <= limit;
}

/** A text cut to that limit between graphemes, with an ellipsis. The caller shows the full text elsewhere. */
export function shortenToCodePoints(text: string, limit: number): string {
  return shorten(text, limit, inCodePoints);
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
