import type { InboundMessage } from "../../core/event.ts";
import type { Reply } from "../../core/reply.ts";
import type { RenderContext, Rendered } from "../channel.ts";
import { readObject, readText, type WireObject } from "../json.ts";
import { joinPieces, type Renderer, renderEach } from "../render.ts";
import { renderCards } from "./render/cards.ts";
import { renderChoices } from "./render/choices.ts";
import { MESSAGE_LIMITS } from "./render/limits.ts";
import { renderLocation, renderMedia } from "./render/media.ts";
import { type PageMessage, type PagePiece, texts } from "./render/piece.ts";

const RENDERER: Renderer<PageMessage> = {
  channel: "messenger",
  valueMax: MESSAGE_LIMITS.payload,
  text: texts,
  media: renderMedia,
  location: renderLocation,
  choices: renderChoices,
  cards: renderCards,
  raw: renderRaw,
  quote: quoteWithFirst,
};

/** Replies as messages of the Send API, in order. Throws `Unrenderable` for a raw reply of another platform. */
export function renderReplies(replies: readonly Reply[], context: RenderContext): Rendered {
  return joinPieces(renderEach(RENDERER, replies, context));
}

/**
 * A `message` of the Send API, or a request with a `message` and a `tag`, which allows sending outside the window
 * (`HUMAN_AGENT`; Meta abolished the others in 2026).
 */
function renderRaw(given: WireObject): PageMessage {
  const message = readObject(given.message);
  if (message === null) return { message: given };
  const tag = readText(given.tag);
  return tag === null ? { message } : { message, tag };
}

/** The first message of a reply quotes (Messenger: Send API reference, `reply_to`). */
function quoteWithFirst({ messages, adapted }: PagePiece, { id }: InboundMessage): PagePiece {
  return { messages: messages.map((one, index) => (index === 0 ? { ...one, replyTo: id } : one)), adapted };
}
