import { readList, readObject, readText } from "../../json.ts";
import { textOfContacts, textOfLocation, textOfType } from "../../message-text.ts";

/** What a person reads in a message that was sent: a text, a caption, the text above buttons. */
export function textOf(given: unknown): string | null {
  const message = readObject(given) ?? {};
  const type = readText(message.type);
  if (type === null) return null;
  if (type === "contacts") return textOfContacts(readList(message.contacts));
  const part = readObject(message[type]) ?? {};
  if (type === "location") return textOfLocation([part.name, part.address], part.latitude, part.longitude);
  // The words of a template are Meta's to know.
  if (type === "template") return ["[template]", readText(part.name)].filter((word) => word !== null).join(" ");
  return readText(readObject(part.body)?.text) ?? readText(part.body) ?? readText(part.caption) ?? textOfType(type);
}
