import { readObject, type WireObject } from "../../json.ts";
import { checkCount, checkMessage, MESSAGE_TYPES, type MessageProblem } from "../send/check.ts";
import { checkLimits } from "./limits.ts";

/** Kinds that a person can quote: their answer carries a quote token. */
const QUOTABLE: ReadonlySet<unknown> = new Set(["text", "textV2", "sticker", "image", "video", "template"]);

export function isQuotable(message: WireObject): boolean {
  return QUOTABLE.has(message.type);
}

/** The first thing that LINE would find wrong with the messages of a request; `null`: nothing. */
export function checkMessages(messages: readonly unknown[]): MessageProblem {
  return problemsOf(messages)[0] ?? null;
}

/** What LINE would find wrong with the messages of a request: the first thing of each. */
export function problemsOf(messages: readonly unknown[]): readonly string[] {
  const count = checkCount(messages);
  return count !== null
    ? [count]
    : messages.flatMap((message, index) => problemOf(message, `messages[${index}]`) ?? []);
}

function problemOf(given: unknown, at: string): MessageProblem {
  const problem = checkMessage(given, at);
  if (problem !== null) return problem;
  const message = readObject(given) ?? {};
  if (MESSAGE_TYPES.includes(String(message.type))) return checkLimits(message, at);
  return `${at}.type: Must be one of the following values: [${MESSAGE_TYPES.join(", ")}]`;
}
