import { readObject, type WireObject } from "../../json.ts";
import { type Complaint, checkLimits } from "./limits.ts";

export type ErrorDetail = Complaint;

/** What each kind of message can't be without (LINE: Message objects). */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  text: ["text"],
  textV2: ["text"],
  sticker: ["packageId", "stickerId"],
  image: ["originalContentUrl", "previewImageUrl"],
  video: ["originalContentUrl", "previewImageUrl"],
  audio: ["originalContentUrl", "duration"],
  location: ["title", "address", "latitude", "longitude"],
  imagemap: ["baseUrl", "altText", "baseSize", "actions"],
  template: ["altText", "template"],
  flex: ["altText", "contents"],
  coupon: ["couponId"],
};

/** Kinds that a person can quote: their answer carries a quote token. */
const QUOTABLE: ReadonlySet<unknown> = new Set(["text", "textV2", "sticker", "image", "video", "template"]);

export function isQuotable(message: WireObject): boolean {
  return QUOTABLE.has(message.type);
}

/** What LINE would find wrong with the messages of a request; empty when nothing is. */
export function checkMessages(messages: unknown): readonly ErrorDetail[] {
  if (!Array.isArray(messages) || messages.length < 1 || messages.length > 5) {
    return [{ message: "Size must be between 1 and 5", property: "messages" }];
  }
  return messages.flatMap((message: unknown, index) => checkMessage(message, `messages[${index}]`));
}

function checkMessage(given: unknown, property: string): readonly ErrorDetail[] {
  const message = readObject(given) ?? {};
  const required = typeof message.type === "string" ? REQUIRED[message.type] : undefined;
  if (required === undefined) {
    const known = Object.keys(REQUIRED).join(", ");
    return [{ message: `Must be one of the following values: [${known}]`, property: `${property}.type` }];
  }
  const missing = required
    .filter((field) => message[field] === undefined || message[field] === null || message[field] === "")
    .map((field) => ({ message: "May not be empty", property: `${property}.${field}` }));
  const { text } = message;
  // White space alone is an empty bubble, which LINE doesn't show either.
  if (typeof text === "string" && text !== "" && text.trim() === "") {
    return [...missing, { message: "May not be empty", property: `${property}.text` }];
  }
  return [...missing, ...checkLimits(message, property)];
}
