import { readList, readObject, readText, type WireObject } from "../../json.ts";
import { BUTTONS, CAPTION_LIMIT, LIST, TEXT_LIMIT } from "../render/limits.ts";

/** What is wrong with a message: Graph's code and a sentence; `null` when WhatsApp would take it. */
export interface MessageProblem {
  readonly code: 100 | 131008 | 131009;
  readonly details: string;
}

const MEDIA = new Set(["image", "video", "audio", "document", "sticker"]);

const missing = (field: string): MessageProblem => ({ code: 131008, details: `${field} is missing` });
const wrong = (details: string): MessageProblem => ({ code: 131009, details });

/** As WhatsApp looks at a message before it accepts it (Cloud API: Messages). */
export function problemOf(message: WireObject): MessageProblem | null {
  const type = readText(message.type) ?? "text";
  const part = readObject(message[type]);
  if (part === null) return Array.isArray(message[type]) && type === "contacts" ? null : missing(type);
  if (type === "text") return checkWords("text.body", part.body, TEXT_LIMIT);
  if (MEDIA.has(type)) return checkMedia(type, part);
  if (type === "location")
    return part.latitude === undefined || part.longitude === undefined ? missing("latitude") : null;
  if (type === "reaction") return readText(part.message_id) === null ? missing("reaction.message_id") : null;
  if (type === "interactive") return checkInteractive(part);
  if (type === "template") return checkTemplate(part);
  return { code: 100, details: `${type} is no type of message` };
}

function checkWords(field: string, value: unknown, limit: number): MessageProblem | null {
  if (typeof value !== "string" || value.trim() === "") return missing(field);
  return value.length > limit ? wrong(`${field} is over ${limit} characters`) : null;
}

function checkMedia(type: string, part: WireObject): MessageProblem | null {
  if (readText(part.link) === null && readText(part.id) === null) return missing(`${type}.link or ${type}.id`);
  const { caption } = part;
  if (caption === undefined) return null;
  if (type === "audio" || type === "sticker") return wrong(`${type} has no caption`);
  return checkWords(`${type}.caption`, caption, CAPTION_LIMIT);
}

function checkTemplate(part: WireObject): MessageProblem | null {
  if (readText(part.name) === null) return missing("template.name");
  return readText(readObject(part.language)?.code) === null ? missing("template.language.code") : null;
}

function checkInteractive(part: WireObject): MessageProblem | null {
  const action = readObject(part.action);
  if (action === null) return missing("interactive.action");
  const body = readObject(part.body)?.text;
  switch (part.type) {
    case "button":
      return checkWords("interactive.body.text", body, BUTTONS.body) ?? checkButtons(readList(action.buttons));
    case "list":
      return (
        checkWords("interactive.body.text", body, LIST.body) ??
        checkWords("interactive.action.button", action.button, LIST.button) ??
        checkRows(readList(action.sections).flatMap((section) => readList(readObject(section)?.rows)))
      );
    case "cta_url":
      return checkWords("interactive.body.text", body, BUTTONS.body);
    default:
      return null;
  }
}

function checkButtons(buttons: readonly unknown[]): MessageProblem | null {
  if (buttons.length === 0 || buttons.length > BUTTONS.count) return wrong(`1 to ${BUTTONS.count} buttons`);
  const replies = buttons.map((button) => readObject(readObject(button)?.reply) ?? {});
  return checkTaps("button", replies, { id: BUTTONS.id, title: BUTTONS.title });
}

function checkRows(rows: readonly unknown[]): MessageProblem | null {
  if (rows.length === 0 || rows.length > LIST.rows) return wrong(`1 to ${LIST.rows} rows`);
  return checkTaps(
    "row",
    rows.map((row) => readObject(row) ?? {}),
    { id: LIST.rowId, title: LIST.rowTitle },
  );
}

function checkTaps(
  what: string,
  taps: readonly WireObject[],
  limit: { id: number; title: number },
): MessageProblem | null {
  for (const { id, title } of taps) {
    const problem = checkWords(`${what}.id`, id, limit.id) ?? checkWords(`${what}.title`, title, limit.title);
    if (problem !== null) return problem;
  }
  const areDistinct = (["id", "title"] as const).every(
    (key) => new Set(taps.map((tap) => tap[key])).size === taps.length,
  );
  return areDistinct ? null : wrong(`two of the ${what}s are the same`);
}

export function wordsOf(message: WireObject): string | null {
  const type = readText(message.type) ?? "text";
  const part = readObject(message[type]);
  if (type === "text") return readText(part?.body);
  if (type === "interactive") return readText(readObject(part?.body)?.text);
  if (type === "template") return `[template ${readText(part?.name) ?? ""}]`;
  return readText(part?.caption);
}
