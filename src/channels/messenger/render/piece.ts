import { splitText } from "../../../core/split-text.ts";
import type { Piece } from "../../render.ts";
import { MESSAGE_LIMITS } from "./limits.ts";

/** A message of the Send API, with other parameters of its request. */
export interface PageMessage {
  readonly message: Readonly<Record<string, unknown>>;
  /** Message tag, which allows sending outside the window. */
  readonly tag?: string;
  /** Id of the quoted message. */
  readonly replyTo?: string;
}

export type PagePiece = Piece<PageMessage>;

export function texts(text: string): PageMessage[] {
  return splitText(text, MESSAGE_LIMITS.text).map((part) => ({ message: { text: part } }));
}

export function textPiece(text: string, adapted: readonly string[] = []): PagePiece {
  return { messages: texts(text), adapted };
}

/** In UTF-16 units, as `shorten` counts. */
export function fits(text: string, limit: number): boolean {
  return text.length <= limit;
}
