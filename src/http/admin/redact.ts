/** How much of what people and agents say leaves by the admin API. */
import type { Context, MiddlewareHandler } from "hono";
import type { EventContent } from "../../core/event.ts";
import type { EventFeed, FeedEntry } from "../../runtime/event-feed.ts";
import { kindOf } from "../../runtime/log-fields.ts";
import type { TranscriptEntry } from "../../store/operator-transcript.ts";
import { problem } from "./problem.ts";

/** `quoteToken`, `markAsReadToken` … : whoever has one may act on the platform with it. */
const TOKEN_NAME = /token$/i;
const TOKEN_IN_TEXT = /("[\w-]*token"\s*:\s*")[^"]*/gi;

/** The value without fields that hold a platform's token, at any depth. */
export function withoutTokens<T>(value: T): T {
  return strip(value) as T;
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !TOKEN_NAME.test(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, strip(inner)]));
}

/** A platform's answer, maybe cut off, without the tokens in it. */
export function withoutTokensInText(text: string): string {
  return text.replaceAll(TOKEN_IN_TEXT, "$1…");
}

/** The query parameter of every resource: `0` leaves every message text out. */
export const WORDS = "words";

export const checkWords: MiddlewareHandler = async (c, next) => {
  const given = c.req.query(WORDS) ?? "1";
  return given === "0" || given === "1" ? await next() : problem(c, 400, `${WORDS}: allowed is one of "0", "1"`);
};

export function wantsWords(c: Context): boolean {
  return c.req.query(WORDS) !== "0";
}

/** What happened, and not what was said: ids and types stay. */
export function withoutWords(entries: readonly TranscriptEntry[]): readonly TranscriptEntry[] {
  return entries.map((entry) => {
    switch (entry.kind) {
      case "event":
        return { ...entry, content: outlineOf(entry.content) };
      case "delivery":
        return { ...entry, messages: entry.messages.map(typeOf) };
      case "attempt":
        // A platform may quote what it refuses.
        return { ...entry, response: null };
      case "receipt":
        return { ...entry, detail: null };
      case "turn":
      case "action":
        return entry;
      default:
        return entry satisfies never;
    }
  });
}

function outlineOf({ quoted, message, postback, details }: EventContent): EventContent {
  return {
    ...(quoted !== undefined && { quoted: { messageId: quoted.messageId } }),
    ...(message !== undefined && { message: { id: message.id, type: message.type } }),
    ...(postback !== undefined && { postback: { data: "" } }),
    ...(details !== undefined && { details: {} }),
  };
}

/** What the agent's replies or a platform's messages are, and not what they say. */
export function typesOf(messages: readonly unknown[]): readonly object[] {
  return messages.map(typeOf);
}

/** A platform's type of message is one word. */
function typeOf(message: unknown): object {
  const { type } = Object(message) as { type?: unknown };
  return typeof type === "string" && /^[\w-]{1,40}$/.test(type) ? { type } : {};
}

/** The feed without message content, which its lines have when a setting lets it into the log. */
export function feedWithoutWords(feed: EventFeed): EventFeed {
  // One for all readers, as the line itself is.
  const known = new WeakMap<FeedEntry, FeedEntry>();
  const lineWithoutWords = (entry: FeedEntry): FeedEntry => {
    const made = known.get(entry) ?? outlineOfLine(entry);
    known.set(entry, made);
    return made;
  };
  return {
    newest: feed.newest,
    since: (number) => feed.since(number).map(lineWithoutWords),
    follow: (onNext) => feed.follow((entry) => onNext(lineWithoutWords(entry))),
  };
}

function outlineOfLine(entry: FeedEntry): FeedEntry {
  const fields = Object.fromEntries(Object.entries(entry.fields).filter(([name]) => kindOf(name) !== "payload"));
  return { ...entry, fields };
}
