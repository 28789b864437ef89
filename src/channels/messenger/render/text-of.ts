import { readList, readObject, readText, type WireObject } from "../../json.ts";
import { textOfType } from "../../message-text.ts";

/** What a person reads in a message that was sent: of a template its text, or titles and subtitles of its cards. */
export function textOf(given: unknown): string | null {
  const message = readObject(readObject(given)?.message);
  if (message === null) return null;
  const text = readText(message.text);
  const attachment = readObject(message.attachment);
  if (text !== null || attachment === null) return text;
  return textOfTemplate(readObject(attachment.payload) ?? {}) ?? textOfType(readText(attachment.type) ?? "other");
}

function textOfTemplate(payload: WireObject): string | null {
  const cards = readList(payload.elements).map((given) => {
    const { title, subtitle } = readObject(given) ?? {};
    return [title, subtitle].flatMap((part) => readText(part) ?? []).join("\n");
  });
  return readText(payload.text) ?? readText(cards.filter((card) => card !== "").join("\n\n"));
}
