/**
 * Texts of messages that have none, for a bot that reads texts: in brackets, so that they aren't taken for what a person
 * typed. Pictures, sounds and files get none: an agent gets a link to them.
 */
import { readList, readObject, readText, type WireObject } from "./json.ts";

const MEDIA: ReadonlySet<string> = new Set(["image", "video", "audio", "file", "document"]);

/** `[poll]`; `null` for media. What the platform itself doesn't tell us is a message all the same. */
export function textOfType(type: string): string | null {
  if (MEDIA.has(type)) return null;
  return type === "other" || type.startsWith("unsupported") ? "[unsupported message]" : `[${type}]`;
}

/** `[sticker: hello, wave]`; `[sticker]` when nothing is known of it. */
export function textOfSticker(words: readonly unknown[] = []): string {
  const known = words.filter((word) => readText(word) !== null);
  return known.length === 0 ? "[sticker]" : `[sticker: ${known.join(", ")}]`;
}

/** `[location] Harbour, 1 Quay Street (35.4437, 139.638)`. */
export function textOfLocation(names: readonly unknown[], latitude: unknown, longitude: unknown): string {
  const place = names.filter((name) => readText(name) !== null).join(", ");
  const point = typeof latitude === "number" && typeof longitude === "number" ? `(${latitude}, ${longitude})` : "";
  return ["[location]", place, point].filter((part) => part !== "").join(" ");
}

/** `[contact] Ann Lee (+1 555 010 0199); Bob`, of contacts as vCards are sent (WhatsApp: contacts message). */
export function textOfContacts(contacts: readonly unknown[]): string {
  const cards = contacts.map((given) => textOfContact(readObject(given) ?? {})).filter((card) => card !== "");
  return ["[contact]", cards.join("; ")].filter((part) => part !== "").join(" ");
}

function textOfContact(contact: WireObject): string {
  const name = readText(readObject(contact.name)?.formatted_name) ?? "";
  const phones = readList(contact.phones).flatMap((given) => {
    const phone = readObject(given) ?? {};
    return readText(phone.phone) ?? readText(phone.wa_id) ?? [];
  });
  return [name, phones.length === 0 ? "" : `(${phones.join(", ")})`].filter((part) => part !== "").join(" ");
}
