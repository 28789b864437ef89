import type { Piece } from "../../render.ts";

export interface WhatsAppMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

export type WhatsAppPiece = Piece<WhatsAppMessage>;

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
