import { readObject, readText } from "../../json.ts";
import { textOfLocation, textOfSticker, textOfType } from "../../message-text.ts";

/** What a person reads in a message that was sent: a flex or template message is its alternative text in notifications. */
export function textOf(given: unknown): string | null {
  const message = readObject(given) ?? {};
  const type = readText(message.type);
  if (type === null) return null;
  if (type === "location") {
    return textOfLocation([message.title, message.address], message.latitude, message.longitude);
  }
  if (type === "sticker") return textOfSticker();
  return readText(message.text) ?? readText(message.altText) ?? textOfType(type);
}
