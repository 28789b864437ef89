import { splitText } from "../../../core/split-text.ts";
import { shortenToUnits } from "../../meta/render.ts";
import { numbered } from "../../render.ts";
import { BUTTONS, LIST, TEXT_LIMIT } from "./limits.ts";
import { type Header, interactiveMessage, textMessage, type WhatsAppMessage, type WhatsAppPiece } from "./piece.ts";

export interface Choice {
  readonly label: string;
  readonly value: string;
}

interface Question {
  readonly text: string;
  readonly choices: readonly Choice[];
  readonly header?: Header;
  readonly listButton: string;
}

/** An interactive message's body can't be empty (Cloud API: Interactive messages). */
const EMPTY_BODY = "…";

/** Up to three choices as buttons, up to ten as a list, and what fits neither as a numbered text. */
export function renderChoices(question: Question): WhatsAppPiece {
  const { choices } = question;
  if (choices.length === 0) return { messages: texts(question.text), adapted: [] };
  if (fitsButtons(choices)) return { messages: buttons(question), adapted: [] };
  if (fitsList(choices)) return list(question);
  return asText(question);
}

function fitsButtons(choices: readonly Choice[]): boolean {
  return (
    choices.length <= BUTTONS.count &&
    areDistinct(choices) &&
    choices.every(({ label, value }) => label.length <= BUTTONS.title && isId(value, BUTTONS.id))
  );
}

/** A row's title is short; a longer label is shown in full in the description. */
function fitsList(choices: readonly Choice[]): boolean {
  const titles = choices.map(({ label, value }) => ({ label: shortenToUnits(label, LIST.rowTitle), value }));
  return (
    choices.length <= LIST.rows &&
    areDistinct(titles) &&
    choices.every(({ label, value }) => label.length <= LIST.rowDescription && isId(value, LIST.rowId))
  );
}

/** No leading or trailing spaces (Cloud API: Interactive reply buttons messages). */
function isId(value: string, limit: number): boolean {
  return value !== "" && value.length <= limit && value === value.trim();
}

/** WhatsApp refuses equal titles and equal ids. */
function areDistinct(choices: readonly Choice[]): boolean {
  const isDistinct = (words: readonly string[]) => new Set(words).size === words.length;
  return isDistinct(choices.map(({ label }) => label.trim())) && isDistinct(choices.map(({ value }) => value));
}

function buttons(question: Question): WhatsAppMessage[] {
  const action = {
    buttons: question.choices.map(({ label, value }) => ({ type: "reply", reply: { id: value, title: label } })),
  };
  const { before, body } = bodyOf(question.text, BUTTONS.body);
  return [...before, interactiveMessage({ type: "button", ...headerOf(question), body: { text: body }, action })];
}

function list(question: Question): WhatsAppPiece {
  const rows = question.choices.map(({ label, value }) =>
    label.length <= LIST.rowTitle
      ? { id: value, title: label }
      : { id: value, title: shortenToUnits(label, LIST.rowTitle), description: label },
  );
  const { before, body } = bodyOf(question.text, LIST.body);
  const action = { button: shortenToUnits(question.listButton, LIST.button), sections: [{ rows }] };
  // A list's header can only be text.
  const picture = question.header?.type === "image" ? question.header.image : null;
  const header = picture === null ? headerOf(question) : {};
  const message = interactiveMessage({ type: "list", ...header, body: { text: body }, action });
  const shown = picture === null ? [] : [{ type: "image", image: picture }];
  return {
    messages: [...shown, ...before, message],
    adapted: picture === null ? [] : ["its image is a message before the list: a list has no image"],
  };
}

/** A numbered list: the person answers by typing, and the agent gets a text. */
function asText({ text, choices, header }: Question): WhatsAppPiece {
  const lines = numbered(choices.map(({ label }) => label));
  const title = header?.type === "text" ? `${header.text}\n` : "";
  const shown = header?.type === "image" ? [{ type: "image", image: header.image }] : [];
  const why =
    choices.length > LIST.rows ? `there are more than ${LIST.rows}` : "they don't fit on buttons or in a list";
  return {
    messages: [...shown, ...texts([`${title}${text}`.trimEnd(), lines].filter((part) => part !== "").join("\n\n"))],
    adapted: [`its choices are a numbered text: ${why}`],
  };
}

/** Splits a text that is too long for a body: its end is the body, the rest is sent before it. */
function bodyOf(text: string, limit: number): { before: readonly WhatsAppMessage[]; body: string } {
  const pieces = splitText(text, limit);
  const body = pieces.at(-1) ?? EMPTY_BODY;
  const before = splitText(pieces.slice(0, -1).join(""), TEXT_LIMIT);
  return { before: before.map(textMessage), body };
}

function headerOf({ header }: Question): { readonly header?: Header } {
  return header === undefined ? {} : { header };
}

export function texts(text: string): WhatsAppMessage[] {
  return splitText(text, TEXT_LIMIT).map(textMessage);
}
