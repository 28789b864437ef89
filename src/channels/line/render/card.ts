import type { Card } from "../../../core/reply.ts";
import { isBlank } from "../../render.ts";
import { flexButton } from "./buttons.ts";
import { BUBBLE_BYTES, column, type FlexBubble, flexMessages, flexText, sizeOf } from "./flex.ts";
import { asUri, fits, type LineMessage, type LinePiece, MEDIA_URL_LIMIT, shortenToCodePoints, texts } from "./piece.ts";

/** Our own limits, in code points: a longer text follows the bubble as a text message. */
const TITLE_LIMIT = 120;
const TEXT_LIMIT = 1_000;

interface RenderedCard {
  /** `null`: the card is empty, or exceeds a bubble's limit. */
  readonly bubble: FlexBubble | null;
  /** Texts that the bubble doesn't show in full. */
  readonly overflow: readonly string[];
}

/** Cards side by side in as few flex messages as possible; what doesn't fit follows as a text message. */
export function renderCards(cards: readonly Card[]): LinePiece {
  const rendered = cards.map(renderCard);
  const bubbles = rendered.map(({ bubble }) => bubble).filter((bubble) => bubble !== null);
  const overflow = rendered.flatMap((card) => card.overflow).filter((text) => !isBlank(text));
  const messages = flexMessages(bubbles);
  const adapted = [
    ...(overflow.length > 0 ? ["a card's text doesn't fit: the full text follows as a message"] : []),
    ...(messages.length > 1 ? [`the cards need ${messages.length} messages`] : []),
  ];
  return { messages: [...messages, ...(overflow.length > 0 ? texts(overflow.join("\n\n")) : [])], adapted };
}

function renderCard(card: Card): RenderedCard {
  const { title, text = "", imageUrl, actions = [] } = card;
  const hero = imageUrl === undefined ? null : asUri(imageUrl, MEDIA_URL_LIMIT);
  const buttons = actions.map(flexButton);
  const body = [
    ...flexText(shortenToCodePoints(title, TITLE_LIMIT), { weight: "bold", size: "lg" }),
    ...flexText(shortenToCodePoints(text, TEXT_LIMIT), { size: "sm" }),
  ];
  const footer = buttons.map(({ button }) => button).filter((button) => button !== null);
  const overflow = [
    ...(fits(title, TITLE_LIMIT) ? [] : [title]),
    ...(fits(text, TEXT_LIMIT) ? [] : [text]),
    ...(imageUrl !== undefined && hero === null ? [imageUrl] : []),
    ...buttons.map((button) => button.overflow).filter((words) => words !== null),
  ];
  const contents = bubbleOf(hero, body, footer);
  if (contents === null) return { bubble: null, overflow };
  if (sizeOf(contents) > BUBBLE_BYTES) return { bubble: null, overflow: [asText(card)] };
  return { bubble: { contents, alt: [title, text].filter((words) => !isBlank(words)).join("\n") }, overflow };
}

function bubbleOf(
  hero: string | null,
  body: readonly LineMessage[],
  footer: readonly LineMessage[],
): LineMessage | null {
  if (hero === null && body.length === 0 && footer.length === 0) return null;
  return {
    type: "bubble",
    ...(hero === null
      ? {}
      : { hero: { type: "image", url: hero, size: "full", aspectRatio: "20:13", aspectMode: "cover" } }),
    ...(body.length === 0 ? {} : { body: column(body) }),
    ...(footer.length === 0 ? {} : { footer: column(footer) }),
  };
}

/** A card as text, when it exceeds a bubble's limit. */
function asText({ title, text = "", imageUrl = "", actions = [] }: Card): string {
  const buttons = actions.map((action) => `${action.label}: ${action.url ?? action.value}`);
  return [title, text, imageUrl, ...buttons].filter((words) => !isBlank(words)).join("\n");
}
