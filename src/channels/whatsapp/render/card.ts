import type { Action, Card } from "../../../core/reply.ts";
import { isBlank } from "../../render.ts";
import { type Choice, renderChoices, texts } from "./choices.ts";
import { CAPTION_LIMIT, LINK_BUTTON } from "./limits.ts";
import { type Header, interactiveMessage, type WhatsAppMessage, type WhatsAppPiece } from "./piece.ts";

/** Header text: no line breaks, up to 60 characters (Cloud API: Interactive messages). */
const HEADER_TEXT_LIMIT = 60;

/**
 * An image, title and text, and buttons: reply buttons or a list for values, a link button for a single link. WhatsApp
 * has no card with both kinds, nor with two links: links are then part of the text.
 */
export function renderCard(card: Card, listButton: string): WhatsAppPiece {
  const { values, links } = sortActions(card.actions ?? []);
  const [link, ...more] = links;
  if (values.length === 0 && link !== undefined && more.length === 0 && fitsLinkButton(card, link)) {
    return { messages: [linkButton(card, link)], adapted: [] };
  }
  const lines = links.map(({ label, url }) => `${label}: ${url}`);
  const adapted = links.length === 0 ? [] : ["its links are in the text: they don't fit on a button"];
  if (values.length === 0) return { messages: withoutButtons(card, lines), adapted };
  const top = topOf(card);
  const text = [top.text, ...lines].filter((part) => part !== "").join("\n");
  const question = { text, choices: values, listButton, ...(top.header === null ? {} : { header: top.header }) };
  const { messages, adapted: more_ } = renderChoices(question);
  return { messages, adapted: [...adapted, ...more_] };
}

interface Link {
  readonly label: string;
  readonly url: string;
}

function sortActions(actions: readonly Action[]): { values: readonly Choice[]; links: readonly Link[] } {
  const values: Choice[] = [];
  const links: Link[] = [];
  for (const { label, value, url } of actions) {
    if (url !== undefined) links.push({ label, url });
    else if (value !== undefined) values.push({ label, value });
  }
  return { values, links };
}

/** The image or the title as header, and the text below it. */
function topOf(card: Card): { header: Header | null; text: string } {
  const { title, text = "", imageUrl } = card;
  if (imageUrl !== undefined)
    return { header: { type: "image", image: { link: imageUrl } }, text: titled(title, text) };
  const fitsHeader = title.length <= HEADER_TEXT_LIMIT && !/[\n*_~`]/.test(title) && !isBlank(text);
  return fitsHeader ? { header: { type: "text", text: title }, text } : { header: null, text: titled(title, text) };
}

/** Title in bold (`*title*`), unless it contains an asterisk or a line break. */
function titled(title: string, text: string): string {
  if (isBlank(title)) return text;
  if (isBlank(text)) return title;
  return /[\n*]/.test(title) || title !== title.trim() ? `${title}\n${text}` : `*${title}*\n${text}`;
}

function fitsLinkButton(card: Card, { label }: Link): boolean {
  const { text } = topOf(card);
  return label.length <= LINK_BUTTON.title && text.length <= LINK_BUTTON.body && !isBlank(text);
}

function linkButton(card: Card, { label, url }: Link): WhatsAppMessage {
  const { header, text } = topOf(card);
  const action = { name: "cta_url", parameters: { display_text: label, url } };
  return interactiveMessage({ type: "cta_url", ...(header === null ? {} : { header }), body: { text }, action });
}

function withoutButtons(card: Card, lines: readonly string[]): WhatsAppMessage[] {
  const { title, text = "", imageUrl } = card;
  const words = [titled(title, text), ...lines].filter((part) => part !== "").join("\n");
  if (imageUrl === undefined) return texts(words);
  if (words.length <= CAPTION_LIMIT)
    return [{ type: "image", image: { link: imageUrl, ...(isBlank(words) ? {} : { caption: words }) } }];
  return [{ type: "image", image: { link: imageUrl } }, ...texts(words)];
}
