/** A rendered message and its reply. */
export interface Piece {
  readonly message: WhatsAppMessage;
  /** Index of the (last) reply in it. Parts of one reply are not merged again: they were split for a limit. */
  readonly reply: number;
  /** A raw reply: nothing is added to it. */
  readonly isRaw: boolean;
}

export interface WhatsAppMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One rendered reply, and what was rendered differently. */
export interface Draft {
  readonly messages: readonly WhatsAppMessage[];
  /** A sentence each, without the reply's content. */
  readonly adapted: readonly string[];
}

export interface TextMessage extends WhatsAppMessage {
  readonly type: "text";
  readonly text: { readonly body: string };
}

export interface MediaMessage extends WhatsAppMessage {
  readonly type: "image" | "video" | "document";
}

export interface Interactive {
  readonly type: "button" | "list" | "cta_url";
  readonly header?: Header;
  readonly body: { readonly text: string };
  readonly action: unknown;
}

export type Header =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly image: { readonly link: string } };

export interface InteractiveMessage extends WhatsAppMessage {
  readonly type: "interactive";
  readonly interactive: Interactive;
}

export function textMessage(body: string): TextMessage {
  return { type: "text", text: { body } };
}

export function interactiveMessage(interactive: Interactive): InteractiveMessage {
  return { type: "interactive", interactive };
}

export const NOTHING: Draft = { messages: [], adapted: [] };
