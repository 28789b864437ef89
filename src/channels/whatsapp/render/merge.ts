import { BUTTONS, CAPTION_LIMIT, LINK_BUTTON, LIST, TEXT_LIMIT } from "./limits.ts";
import {
  type InteractiveMessage,
  type MediaMessage,
  type TextMessage,
  textMessage,
  type WhatsAppMessage,
} from "./piece.ts";

interface Mergeable {
  readonly message: WhatsAppMessage;
  /** Index of the (last) reply in it. Parts of one reply are not merged again: they were split for a limit. */
  readonly reply: number;
  /** A raw reply: nothing is added to it. */
  readonly isRaw: boolean;
}

/**
 * Merges messages, in order: each is billed since October 2026 (WhatsApp: Pricing). Texts are joined by an empty line;
 * a text before an interactive message becomes the beginning of its body; a text after an image, video or file becomes
 * its caption. A later message that quotes, and raw messages, are not merged.
 */
export function mergeMessages(all: readonly Mergeable[]): WhatsAppMessage[] {
  const merged: Mergeable[] = [];
  for (const next of all) {
    const last = merged.at(-1);
    const mayJoin = last !== undefined && last.reply !== next.reply && !last.isRaw && !next.isRaw;
    const message = mayJoin ? joined(last.message, next.message) : null;
    if (message === null) merged.push(next);
    else merged[merged.length - 1] = { ...next, message };
  }
  return merged.map(({ message }) => message);
}

const SEPARATOR = "\n\n";

/** Both as one message; `null` when they can't be merged. Only the first may quote. */
function joined(first: WhatsAppMessage, second: WhatsAppMessage): WhatsAppMessage | null {
  if (second.context !== undefined) return null;
  const quoted = first.context === undefined ? {} : { context: first.context };
  if (isText(first) && isText(second)) {
    const body = first.text.body + SEPARATOR + second.text.body;
    return body.length <= TEXT_LIMIT ? { ...textMessage(body), ...quoted } : null;
  }
  if (isText(first) && isInteractive(second)) {
    const { interactive } = second;
    // The header is shown above the body: the text would follow it.
    if (interactive.header !== undefined) return null;
    const text = first.text.body + SEPARATOR + interactive.body.text;
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
