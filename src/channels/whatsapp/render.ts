import type { Reply } from "../../core/reply.ts";
import { type RenderContext, type Rendered, Unrenderable } from "../channel.ts";
import { renderCard } from "./render/card.ts";
import { renderChoices, texts } from "./render/choices.ts";
import { renderLocation, renderMedia } from "./render/media.ts";
import { mergePieces } from "./render/merge.ts";
import { type Draft, NOTHING, type Piece, type WhatsAppMessage } from "./render/piece.ts";

export interface RenderOptions {
  /** Merge replies into as few messages as the limits allow; else one message or more for each reply. */
  readonly mergeReplies: boolean;
  readonly listButton: string;
}

/**
 * Replies as WhatsApp messages, in order, without the recipient. A long text is split, never cut. What WhatsApp can't
 * show is rendered differently and reported in `adapted`. Throws `Unrenderable` for a raw reply of another platform.
 */
export function createRender(options: RenderOptions) {
  return (replies: readonly Reply[], context: RenderContext): Rendered => {
    const adapted: string[] = [];
    const pieces = replies.flatMap((reply, index): Piece[] => {
      const draft = withQuote(reply, draftOf(reply, index, options), context);
      adapted.push(...draft.adapted.map((reason) => `replies[${index}]: ${reason}`));
      return draft.messages.map((message) => ({ message, reply: index, isRaw: reply.type === "raw" }));
    });
    const shown = options.mergeReplies ? mergePieces(pieces) : pieces;
    return { messages: shown.map(({ message }) => message), adapted };
  };
}

function draftOf(reply: Reply, index: number, options: RenderOptions): Draft {
  switch (reply.type) {
    case "text":
      return { messages: texts(reply.text), adapted: [] };
    case "image":
    case "video":
    case "audio":
    case "file":
      return renderMedia(reply);
    case "location":
      return { messages: [renderLocation(reply)], adapted: [] };
    case "choices":
      return renderChoices({ text: reply.text, choices: reply.choices, listButton: options.listButton });
    case "card":
      return renderCard(reply, options.listButton);
    case "carousel":
      return carousel(reply.cards.map((card) => renderCard(card, options.listButton)));
    case "raw":
      return { messages: [rawMessage(reply.channel, reply.message, index)], adapted: [] };
    default:
      return reply satisfies never;
  }
}

/** On WhatsApp only templates have carousels. */
function carousel(cards: readonly Draft[]): Draft {
  if (cards.length === 0) return NOTHING;
  const side = cards.length === 1 ? [] : ["its cards follow one another: WhatsApp has carousels in templates only"];
  return {
    messages: cards.flatMap(({ messages }) => messages),
    adapted: [...side, ...cards.flatMap(({ adapted }) => adapted)],
  };
}

function rawMessage(channel: string, message: Readonly<Record<string, unknown>>, index: number): WhatsAppMessage {
  const where = `replies[${index}]`;
  if (channel !== "whatsapp") {
    throw new Unrenderable(`${where}.channel is ${JSON.stringify(channel)}; allowed: "whatsapp"`);
  }
  const { type } = message as { readonly type?: unknown };
  if (typeof type !== "string") {
    throw new Unrenderable(
      `${where}.message.type is missing; allowed: a message type of the Cloud API, such as "template"`,
    );
  }
  return { ...message, type };
}

/** The first message of a reply quotes. WhatsApp would refuse the quotation of an unknown message. */
function withQuote(reply: Reply, draft: Draft, context: RenderContext): Draft {
  if (reply.type === "raw" || reply.replyTo === undefined) return draft;
  const [first, ...rest] = draft.messages;
  if (first === undefined) return draft;
  if (context.message(reply.replyTo) === null) {
    return { ...draft, adapted: [...draft.adapted, "it quotes nothing: replyTo is no message of this turn"] };
  }
  return { ...draft, messages: [{ ...first, context: { message_id: reply.replyTo } }, ...rest] };
}
