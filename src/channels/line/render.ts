import type { Reply } from "../../core/reply.ts";
import { type RenderContext, type Rendered, Unrenderable } from "../channel.ts";
import { readText } from "../json.ts";
import { renderCards } from "./render/card.ts";
import { renderChoices } from "./render/choices.ts";
import { renderLocation, renderMedia } from "./render/media.ts";
import { type LineMessage, type Piece, texts } from "./render/piece.ts";

/** LINE: up to 5 message objects a request (Messaging API reference). */
export const MESSAGES_PER_CALL = 5;

/**
 * Replies as LINE message objects, in order. A long text is split into several messages, never cut; an empty one is
 * left out, because LINE refuses it. What LINE can't show is rendered differently and reported in `adapted`. Throws
 * `Unrenderable` for a raw reply of another platform.
 */
export function renderReplies(replies: readonly Reply[], context: RenderContext): Rendered {
  const pieces = replies.map((reply, index) => {
    const piece = quoting(reply, renderOne(reply, index, index === replies.length - 1), context);
    return {
      messages: piece.messages,
      adapted: piece.adapted.map((how) => `replies[${index}] (${reply.type}): ${how}`),
    };
  });
  return {
    messages: pieces.flatMap(({ messages }) => messages),
    adapted: pieces.flatMap(({ adapted }) => adapted),
  };
}

function renderOne(reply: Reply, index: number, isLast: boolean): Piece {
  switch (reply.type) {
    case "text":
      return { messages: texts(reply.text), adapted: [] };
    case "image":
    case "video":
    case "audio":
    case "file":
      return renderMedia(reply);
    case "location":
      return renderLocation(reply);
    case "choices":
      return renderChoices(reply, isLast);
    case "card":
      return renderCards([reply]);
    case "carousel":
      return renderCards(reply.cards);
    case "raw":
      if (reply.channel === "line") return { messages: [reply.message], adapted: [] };
      throw new Unrenderable(`replies[${index}].channel is ${JSON.stringify(reply.channel)}; allowed: "line"`);
    default:
      return reply satisfies never;
  }
}

/** Quotes with the first text (LINE: only a text or a sticker can quote; API reference, "Get quote tokens"). */
function quoting(reply: Reply, piece: Piece, context: RenderContext): Piece {
  if (reply.type === "raw" || reply.replyTo === undefined) return piece;
  const { messages, adapted } = piece;
  const quoteToken = readText(context.message(reply.replyTo)?.quoteToken);
  const at = messages.findIndex((message) => message.type === "text");
  if (quoteToken === null)
    return { messages, adapted: [...adapted, "it quotes nothing: replyTo is no message of this turn"] };
  if (at === -1) return { messages, adapted: [...adapted, "it quotes nothing: on LINE only a text can"] };
  const quoted = messages.map((message, index): LineMessage => (index === at ? { ...message, quoteToken } : message));
  return { messages: quoted, adapted };
}
