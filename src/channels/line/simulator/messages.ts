import { readObject, type WireObject } from "../../json.ts";
import { first, MESSAGE_TYPES, type Problem, problemWith } from "../send/check.ts";
import { checkLimits } from "./limits.ts";

/** Kinds that a person can quote: their answer carries a quote token. */
const QUOTABLE: ReadonlySet<unknown> = new Set(["text", "textV2", "sticker", "image", "video", "template"]);

export function isQuotable(message: WireObject): boolean {
  return QUOTABLE.has(message.type);
}

/** The first thing that LINE would find wrong with the messages of a request; `null`: nothing. */
export function checkMessages(messages: readonly unknown[]): Problem {
  return (
    problemWith(messages) ??
    first(messages, (given, index) => {
      const at = `messages[${index}]`;
      const message = readObject(given) ?? {};
      if (MESSAGE_TYPES.includes(String(message.type))) return checkLimits(message, at);
      return `${at}.type: Must be one of the following values: [${MESSAGE_TYPES.join(", ")}]`;
    })
  );
}
