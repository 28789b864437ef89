import type { InboundMessage } from "../../core/event.ts";
import type { Reply } from "../../core/reply.ts";
import type { RenderContext, Rendered } from "../channel.ts";
import { readText } from "../json.ts";
import { joinPieces, type Renderer, renderEach, withoutQuote } from "../render.ts";
import { renderCards } from "./render/card.ts";
import { renderChoices } from "./render/choices.ts";
import { renderLocation, renderMedia } from "./render/media.ts";
import { type LineMessage, type LinePiece, texts } from "./render/piece.ts";

/** LINE: up to 5 message objects a request (Messaging API reference). */
export const MESSAGES_PER_CALL = 5;

const RENDERER: Renderer<LineMessage> = {
  channel: "line",
  // LINE: `data` has up to 300 characters (Messaging API reference, "Postback action").
  valueMax: 300,
  text: texts,
  media: renderMedia,
  location: renderLocation,
  choices: renderChoices,
  cards: renderCards,
  raw: (message) => message,
  quote: quoteWithText,
};

/** Replies as LINE message objects, in order. Throws `Unrenderable` for a raw reply of another platform. */
export function renderReplies(replies: readonly Reply[], context: RenderContext): Rendered {
  return joinPieces(renderEach(RENDERER, replies, context));
}

/** Quotes with the first text (LINE: only a text or a sticker can quote; API reference, "Get quote tokens"). */
function quoteWithText(piece: LinePiece, quoted: InboundMessage): LinePiece {
  const { messages, adapted } = piece;
  const quoteToken = readText(quoted.quoteToken);
  const at = messages.findIndex((message) => message.type === "text");
  if (quoteToken === null) return withoutQuote(piece, "replyTo is a message that can't be quoted");
  if (at === -1) return withoutQuote(piece, "on LINE only a text can");
  return {
    messages: messages.map((message, index) => (index === at ? { ...message, quoteToken } : message)),
    adapted,
  };
}
