import type { InboundMessage } from "../../core/event.ts";
import type { Card, Reply } from "../../core/reply.ts";
import { type RenderContext, type Rendered, Unrenderable } from "../channel.ts";
import type { WireObject } from "../json.ts";
import { joinPieces, type Piece, type Renderer, renderEach } from "../render.ts";
import { renderCard } from "./render/card.ts";
import { renderChoices, texts } from "./render/choices.ts";
import { BUTTONS, LIST } from "./render/limits.ts";
import { renderLocation, renderMedia } from "./render/media.ts";
import { mergeMessages } from "./render/merge.ts";
import type { WhatsAppMessage } from "./render/piece.ts";

interface RenderOptions {
  /** Merge replies into as few messages as the limits allow; else one message or more for each reply. */
  readonly mergeReplies: boolean;
  readonly listButton: string;
}

/**
 * Replies as WhatsApp messages, in order, without the recipient. Throws `Unrenderable` for a raw reply of another platform.
 */
export function createRender({ mergeReplies, listButton }: RenderOptions) {
  const renderer: Renderer<WhatsAppMessage> = {
    channel: "whatsapp",
    valueMax: Math.min(BUTTONS.id, LIST.rowId),
    text: texts,
    media: renderMedia,
    location: renderLocation,
    choices: ({ text, choices }) => renderChoices({ text, choices, listButton }),
    cards: (cards) => renderCards(cards, listButton),
    raw: renderRaw,
    quote: quoteWithFirst,
  };
  return (replies: readonly Reply[], context: RenderContext): Rendered => {
    const pieces = renderEach(renderer, replies, context);
    const joined = joinPieces(pieces);
    if (!mergeReplies) return joined;
    const mergeable = pieces.flatMap((piece, reply) =>
      piece.messages.map((message) => ({ message, reply, isRaw: replies[reply]?.type === "raw" })),
    );
    return { ...joined, messages: mergeMessages(mergeable) };
  };
}

/** On WhatsApp only templates have carousels. */
function renderCards(cards: readonly Card[], listButton: string): Piece<WhatsAppMessage> {
  const { messages, adapted } = joinPieces(cards.map((card) => renderCard(card, listButton)));
  const side = cards.length <= 1 ? [] : ["its cards follow one another: WhatsApp has carousels in templates only"];
  return { messages, adapted: [...side, ...adapted] };
}

function renderRaw(message: WireObject, at: string): WhatsAppMessage {
  const { type } = message;
  if (typeof type === "string") return { ...message, type };
  throw new Unrenderable(`${at}.message.type is missing; allowed: a message type of the Cloud API, such as "template"`);
}

/** The first message of a reply quotes. WhatsApp would refuse the quotation of an unknown message. */
function quoteWithFirst({ messages, adapted }: Piece<WhatsAppMessage>, { id }: InboundMessage): Piece<WhatsAppMessage> {
  const [first, ...rest] = messages;
  return first === undefined
    ? { messages, adapted }
    : { messages: [{ ...first, context: { message_id: id } }, ...rest], adapted };
}
