import { z } from "zod";
import { parseJson, readObject, type WireObject } from "../json.ts";

/**
 * Tolerant reader of what LINE sends: LINE adds event types and fields, and changes order and white space, without
 * notice (Development guidelines), so every field may be missing and every value unknown. Webhooks are parsed without a
 * schema, for speed before the ack; API answers with one.
 */

/** The events of a webhook body; `null` when it isn't one. */
export function readEvents(body: unknown): readonly unknown[] | null {
  const events = readObject(body)?.events;
  return Array.isArray(events) ? events : null;
}

/** Fields that every event has; the rest is what this kind of event says (LINE: Common properties). */
export const COMMON_EVENT_FIELDS: ReadonlySet<string> = new Set([
  "type",
  "mode",
  "timestamp",
  "source",
  "webhookEventId",
  "deliveryContext",
  "replyToken",
]);

/** Every documented event type. Any other becomes `other`. */
export const KNOWN_EVENT_TYPES: ReadonlySet<string> = new Set([
  "message",
  "messageEdited",
  "unsend",
  "follow",
  "unfollow",
  "join",
  "leave",
  "memberJoined",
  "memberLeft",
  "postback",
  "videoPlayComplete",
  "beacon",
  "accountLink",
  "membership",
  "module",
  "activated",
  "deactivated",
  "botSuspended",
  "botResumed",
  "delivery",
]);

/** Reply tokens of the console's old test events, which can't be answered. */
export const DUMMY_REPLY_TOKENS: ReadonlySet<string> = new Set(["0".repeat(32), "f".repeat(32)]);

/** LINE's error for a reply token that was used, has expired or never existed (Messaging API reference). */
export const INVALID_REPLY_TOKEN = "Invalid reply token";
/** LINE's error for a used-up monthly quota, with the same 429 as a rate limit (Messaging API reference). */
export const MONTHLY_LIMIT = "You have reached your monthly limit.";

/**
 * LINE's errors for an account over its rate limit, "The API rate limit has been exceeded. Try again later." among them
 * (Messaging API reference, status codes). A 429 in other words is about one chat.
 */
export const RATE_LIMIT = /rate limit|too many requests/i;

const detail = z.looseObject({
  message: z.string().optional().catch(undefined),
  property: z.string().optional().catch(undefined),
});

const answer = z.looseObject({
  message: z.string().nullable().catch(null).default(null),
  details: z.array(detail.catch({})).catch([]).default([]),
  sentMessages: z
    .array(z.looseObject({ id: z.string().nullable().catch(null) }).catch({ id: null }))
    .catch([])
    .default([]),
});

export interface LineAnswer {
  /** LINE's error message. */
  readonly message: string | null;
  /** `messages[0].text: May not be empty` */
  readonly details: readonly string[];
  /** What the details are about: `messages[0].text` */
  readonly properties: readonly string[];
  readonly sentMessageIds: readonly string[];
}

/** Reads an API answer. Never throws: unreadable parts are left out. */
export function readAnswer(body: string | null): LineAnswer {
  const read = answer.safeParse(parseJson(body ?? ""));
  if (!read.success) return { message: null, details: [], properties: [], sentMessageIds: [] };
  const { message, details, sentMessages } = read.data;
  return {
    message,
    details: details.map((one) => [one.property, one.message].filter((word) => word !== undefined).join(": ")),
    properties: details.map(({ property }) => property).filter((property) => property !== undefined),
    sentMessageIds: sentMessages.map((sent) => sent.id).filter((id) => id !== null),
  };
}

/** A body as an object; empty if it isn't one. */
export function readBody(body: string | null): WireObject {
  return readObject(parseJson(body ?? "")) ?? {};
}
