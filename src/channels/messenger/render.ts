import type { RawReply, Reply } from "../../core/reply.ts";
import { type RenderContext, type Rendered, Unrenderable } from "../channel.ts";
import { readObject, readText } from "../json.ts";
import { renderCards } from "./render/cards.ts";
import { renderChoices } from "./render/choices.ts";
import { renderLocation, renderMedia } from "./render/media.ts";
import { type PageMessage, type Piece, textPiece } from "./render/piece.ts";

/**
 * Replies as messages of the Send API, in order. A long text is split into several messages, never cut; an empty one is
 * left out, because Messenger refuses it. What Messenger can't show is rendered differently and reported in `adapted`.
 * Throws `Unrenderable` for a raw reply of another platform.
 */
export function renderReplies(replies: readonly Reply[], context: RenderContext): Rendered {
  const pieces = replies.map((reply, index) => {
    const piece = quoting(reply, renderOne(reply, index, index === replies.length - 1), context);
    return { ...piece, adapted: piece.adapted.map((how) => `replies[${index}] (${reply.type}): ${how}`) };
  });
  return {
    messages: pieces.flatMap(({ messages }) => messages),
    adapted: pieces.flatMap(({ adapted }) => adapted),
  };
}

function renderOne(reply: Reply, index: number, isLast: boolean): Piece {
  switch (reply.type) {
    case "text":
      return textPiece(reply.text);
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
      return { messages: [renderRaw(reply, index)], adapted: [] };
    default:
      return reply satisfies never;
  }
}

/**
 * A `message` of the Send API, or a request with a `message` and a `tag`, which allows sending outside the window
 * (`HUMAN_AGENT`; Meta abolished the others in 2026).
 */
function renderRaw({ channel, message: given }: RawReply, index: number): PageMessage {
  if (channel !== "messenger") {
    throw new Unrenderable(`replies[${index}].channel is ${JSON.stringify(channel)}; allowed: "messenger"`);
  }
  const message = readObject(given.message);
  if (message === null) return { message: given };
  const tag = readText(given.tag);
  return tag === null ? { message } : { message, tag };
}

/** The first message of a reply quotes (Messenger: Send API reference, `reply_to`). */
function quoting(reply: Reply, piece: Piece, context: RenderContext): Piece {
  if (reply.type === "raw" || reply.replyTo === undefined) return piece;
  const { messages, adapted } = piece;
  const mid = context.message(reply.replyTo)?.id ?? "";
  if (mid === "") return { messages, adapted: [...adapted, "it quotes nothing: replyTo is no message of this turn"] };
  return { messages: messages.map((one, index) => (index === 0 ? { ...one, replyTo: mid } : one)), adapted };
}
