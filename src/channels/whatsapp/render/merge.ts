import { BUTTONS, CAPTION_LIMIT, LINK_BUTTON, LIST, TEXT_LIMIT } from "./limits.ts";
import {
  type InteractiveMessage,
  type MediaMessage,
  type Piece,
  type TextMessage,
  textMessage,
  type WhatsAppMessage,
} from "./piece.ts";

/**
 * As few messages as the limits allow, in the same order: each one is billed since October 2026 (WhatsApp: Pricing).
 * Texts are joined by an empty line; a text before a question becomes its beginning; a text behind a picture, a video
 * or a file becomes its caption. What quotes a message, and what the agent wrote in WhatsApp's own form, stays apart.
 */
export function mergePieces(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    const mayJoin = last !== undefined && last.reply !== piece.reply && !last.isRaw && !piece.isRaw;
    const message = mayJoin ? joined(last.message, piece.message) : null;
    if (message === null) merged.push(piece);
    else merged[merged.length - 1] = { ...piece, message };
  }
  return merged;
}

const BETWEEN = "\n\n";

/** The two as one; `null` when they have to stay apart. A quotation may only stand on the first. */
function joined(first: WhatsAppMessage, second: WhatsAppMessage): WhatsAppMessage | null {
  if (second.context !== undefined) return null;
  const quoted = first.context === undefined ? {} : { context: first.context };
  if (isText(first) && isText(second)) {
    const body = first.text.body + BETWEEN + second.text.body;
    return body.length <= TEXT_LIMIT ? { ...textMessage(body), ...quoted } : null;
  }
  if (isText(first) && isInteractive(second)) {
    const { interactive } = second;
    // Above the header stands nothing.
    if (interactive.header !== undefined) return null;
    const text = first.text.body + BETWEEN + interactive.body.text;
    const fits = text.length <= BODY_LIMITS[interactive.type];
    return fits ? { ...second, ...quoted, interactive: { ...interactive, body: { text } } } : null;
  }
  if (isMedia(first) && isText(second)) {
    const medium = first[first.type] as { readonly caption?: string };
    const fits = medium.caption === undefined && second.text.body.length <= CAPTION_LIMIT;
    return fits ? { ...first, [first.type]: { ...medium, caption: second.text.body } } : null;
  }
  return null;
}

const BODY_LIMITS = { button: BUTTONS.body, list: LIST.body, cta_url: LINK_BUTTON.body } as const;

function isText(message: WhatsAppMessage): message is TextMessage {
  return message.type === "text";
}

function isInteractive(message: WhatsAppMessage): message is InteractiveMessage {
  return message.type === "interactive";
}

function isMedia(message: WhatsAppMessage): message is MediaMessage {
  return message.type === "image" || message.type === "video" || message.type === "document";
}
