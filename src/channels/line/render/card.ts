import type { Card } from "../../../core/reply.ts";
import { flexButton } from "./buttons.ts";
import { BUBBLE_BYTES, type Bubble, column, flexMessages, flexText, sizeOf } from "./flex.ts";
import { asUri, fits, isBlank, type LineMessage, MEDIA_URL_LIMIT, type Piece, shorten, texts } from "./piece.ts";

/** A bubble is something to look at. What goes beyond this is read as a text below it (grapheme clusters). */
const TITLE_LIMIT = 120;
const TEXT_LIMIT = 1_000;

interface Drawn {
  /** `null`: it has nothing to show, or more than a bubble holds. */
  readonly bubble: Bubble | null;
  /** What the bubble doesn't show in full. */
  readonly unsaid: readonly string[];
}

/** Cards side by side, in as few flex messages as they fit into; what they don't show in full follows as text. */
export function renderCards(cards: readonly Card[]): Piece {
  const drawn = cards.map(draw);
  const bubbles = drawn.map(({ bubble }) => bubble).filter((bubble) => bubble !== null);
  const unsaid = drawn.flatMap((card) => card.unsaid).filter((text) => !isBlank(text));
  const messages = flexMessages(bubbles);
  const adapted = [
    ...(unsaid.length > 0 ? ["not everything fits on the card: the whole follows as text"] : []),
    ...(messages.length > 1 ? [`the cards need ${messages.length} messages`] : []),
  ];
  return { messages: [...messages, ...(unsaid.length > 0 ? texts(unsaid.join("\n\n")) : [])], adapted };
}

function draw(card: Card): Drawn {
  const { title, text = "", imageUrl, actions = [] } = card;
  const hero = imageUrl === undefined ? null : asUri(imageUrl, MEDIA_URL_LIMIT);
  const buttons = actions.map(flexButton);
  const body = [
    ...flexText(shorten(title, TITLE_LIMIT), { weight: "bold", size: "lg" }),
    ...flexText(shorten(text, TEXT_LIMIT), { size: "sm" }),
  ];
  const footer = buttons.map(({ button }) => button).filter((button) => button !== null);
  const unsaid = [
    ...(fits(title, TITLE_LIMIT) ? [] : [title]),
    ...(fits(text, TEXT_LIMIT) ? [] : [text]),
    ...(imageUrl !== undefined && hero === null ? [imageUrl] : []),
    ...buttons.map((button) => button.unsaid).filter((words) => words !== null),
  ];
  const contents = bubbleOf(hero, body, footer);
  if (contents === null) return { bubble: null, unsaid };
  if (sizeOf(contents) > BUBBLE_BYTES) return { bubble: null, unsaid: [inWords(card)] };
  return { bubble: { contents, alt: [title, text].filter((words) => !isBlank(words)).join("\n") }, unsaid };
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

/** A card that no bubble can hold. */
function inWords({ title, text = "", imageUrl = "", actions = [] }: Card): string {
  const buttons = actions.map((action) => `${action.label}: ${action.url ?? action.value}`);
  return [title, text, imageUrl, ...buttons].filter((words) => !isBlank(words)).join("\n");
}
