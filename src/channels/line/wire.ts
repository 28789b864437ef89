import { z } from "zod";
import { parseJson, readObject, type WireObject } from "../json.ts";

/**
 * What LINE sends, read with a soft hand: LINE adds event types and fields, and changes order and white space, without
 * notice (LINE: Development guidelines). So every field may be missing and every word may be new.
 *
 * Webhooks are read by hand, because that happens before each ack; API answers by a schema.
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

/** Every event type that LINE describes. One that isn't here is `other`. */
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

/** Reply tokens of the console's old test events. No answer to them is possible. */
export const DUMMY_REPLY_TOKENS: ReadonlySet<string> = new Set(["0".repeat(32), "f".repeat(32)]);

/** LINE's words for a reply token that was used, is too old or was never one (Messaging API reference). */
export const INVALID_REPLY_TOKEN = "Invalid reply token";
/** LINE's words for a used-up month, under the same 429 as a rate limit (Messaging API reference). */
export const MONTHLY_LIMIT = "You have reached your monthly limit.";

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
  /** LINE's words for what was wrong. */
  readonly message: string | null;
  /** `messages[0].text: May not be empty` */
  readonly details: readonly string[];
  readonly sentMessageIds: readonly string[];
}

/** Reads an API answer. Never throws: what can't be read is left out. */
export function readAnswer(body: string | null): LineAnswer {
  const read = answer.safeParse(parseJson(body ?? ""));
  if (!read.success) return { message: null, details: [], sentMessageIds: [] };
  const { message, details, sentMessages } = read.data;
  return {
    message,
    details: details.map((one) => [one.property, one.message].filter((word) => word !== undefined).join(": ")),
    sentMessageIds: sentMessages.map((sent) => sent.id).filter((id) => id !== null),
  };
}

/** A body as an object; one without fields where it is none. */
export function readBody(body: string | null): WireObject {
  return readObject(parseJson(body ?? "")) ?? {};
}
