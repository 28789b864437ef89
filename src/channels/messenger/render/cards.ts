import type { Action, Card } from "../../../core/reply.ts";
import { shortenToUnits } from "../../meta/render.ts";
import { isBlank, numbered } from "../../render.ts";
import { MESSAGE_LIMITS } from "./limits.ts";
import { fits, type PageMessage, type PagePiece, texts } from "./piece.ts";

type Button = Readonly<Record<string, unknown>>;

interface Element {
  readonly element: Readonly<Record<string, unknown>> | null;
  /** Text that doesn't fit into the element. */
  readonly rest: string;
  readonly adapted: readonly string[];
}

/** Cards side by side: generic templates of up to ten, then the text that didn't fit. */
export function renderCards(cards: readonly Card[]): PagePiece {
  const read = cards.map(toElement);
  const elements = read.flatMap(({ element }) => element ?? []);
  const messages: PageMessage[] = [];
  for (let at = 0; at < elements.length; at += MESSAGE_LIMITS.cards) {
    const payload = { template_type: "generic", elements: elements.slice(at, at + MESSAGE_LIMITS.cards) };
    messages.push({ message: { attachment: { type: "template", payload } } });
  }
  const adapted = read.flatMap((one) => one.adapted);
  if (messages.length > 1)
    adapted.push(
      `${elements.length} cards are more than ${MESSAGE_LIMITS.cards}: they need ${messages.length} messages`,
    );
  return { messages: [...messages, ...read.flatMap(({ rest }) => texts(rest))], adapted: [...new Set(adapted)] };
}

function toElement(card: Card): Element {
  const { text = "", imageUrl, actions = [] } = card;
  const title = isBlank(card.title) ? "…" : card.title;
  const { buttons, left } = toButtons(actions);
  const isCut = !fits(title, MESSAGE_LIMITS.cardTitle) || !fits(text, MESSAGE_LIMITS.cardText);
  const isBare = isBlank(text) && imageUrl === undefined && buttons.length === 0;
  const words = [title, text].filter((word) => !isBlank(word)).join("\n");
  const rest = [isCut || isBare ? words : "", left].filter((part) => part !== "").join("\n\n");
  const adapted = [
    ...(isCut ? ["a card's title or text doesn't fit: the full text follows as a message"] : []),
    ...(left === "" ? [] : ["a card has more actions than buttons, or long labels: they follow as text"]),
    ...(isBare ? ["a card with only a title is a text"] : []),
  ];
  // A generic template needs a title and at least one other property (Messenger: Generic template).
  if (isBare) return { element: null, rest, adapted };
  const element = {
    title: shortenToUnits(title, MESSAGE_LIMITS.cardTitle),
    ...(isBlank(text) ? {} : { subtitle: shortenToUnits(text, MESSAGE_LIMITS.cardText) }),
    ...(imageUrl === undefined ? {} : { image_url: imageUrl }),
    ...(buttons.length === 0 ? {} : { buttons }),
  };
  return { element, rest, adapted };
}

/** The first that fit become buttons; the others, and labels that were cut, are listed as text. */
function toButtons(actions: readonly Action[]): { buttons: readonly Button[]; left: string } {
  const fitting = actions.filter((action) => action.url !== undefined || fits(action.value, MESSAGE_LIMITS.payload));
  const shown = fitting.slice(0, MESSAGE_LIMITS.buttons);
  const listed = actions.filter((action) => !shown.includes(action) || !fits(action.label, MESSAGE_LIMITS.buttonTitle));
  const lines = listed.map((action) => (action.url === undefined ? action.label : `${action.label}: ${action.url}`));
  return { buttons: shown.map(toButton), left: listed.length === 0 ? "" : numbered(lines) };
}

function toButton(action: Action): Button {
  const title = shortenToUnits(action.label, MESSAGE_LIMITS.buttonTitle);
  return action.url === undefined
    ? { type: "postback", title, payload: action.value }
    : { type: "web_url", title, url: action.url };
}
