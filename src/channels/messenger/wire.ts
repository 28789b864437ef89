import { z } from "zod";
import { parseJson, readId, readList, readObject, readText, type WireObject } from "../json.ts";

/**
 * What Messenger sends, read with a soft hand: fields and kinds of events come and go with the app's version, so every
 * field may be missing and every word may be new. Webhooks are read by hand, because that happens before each ack; API
 * answers by a schema.
 */

/** One thing that happened, out of an entry's `messaging` or `standby`. */
export interface WireItem {
  readonly item: WireObject;
  /** As it came, for the record. */
  readonly raw: unknown;
  /** Another app has the conversation: this is for information. */
  readonly isStandby: boolean;
}

/** An entry's items, in order. `changes` of a page's feed are no messages, but they are kept. */
export function readItems(entry: WireObject): readonly WireItem[] {
  const read = (list: unknown, isStandby: boolean) =>
    readList(list).map((raw) => ({ item: readObject(raw) ?? {}, raw, isStandby }));
  return [...read(entry.messaging, false), ...read(entry.standby, true), ...read(entry.changes, true)];
}

/** The field by which an item says what it is; the first of these that it has (Messenger: Webhook event reference). */
const KINDS = [
  "message",
  "message_edit",
  "postback",
  "reaction",
  "delivery",
  "read",
  "referral",
  "optin",
  "pass_thread_control",
  "take_thread_control",
  "request_thread_control",
  "app_roles",
  "account_linking",
  "policy_enforcement",
  "messaging_feedback",
  "messaging_customer_information",
  "game_play",
] as const;
export type Kind = (typeof KINDS)[number];

export function kindOf(item: WireObject): Kind | null {
  return KINDS.find((kind) => readObject(item[kind]) !== null) ?? null;
}

/** Of a page or a person. */
export function readParty(value: unknown): string | null {
  return readId(readObject(value)?.id);
}

export interface WireAttachment {
  readonly type: string;
  readonly url: string | null;
  readonly stickerId: string | null;
}

export function readAttachments(message: WireObject): readonly WireAttachment[] {
  return readList(message.attachments).map((given) => {
    const attachment = readObject(given) ?? {};
    const payload = readObject(attachment.payload) ?? {};
    return {
      type: (readText(attachment.type) ?? "other").toLowerCase(),
      // Links of older webhooks stand beside the payload.
      url: readText(payload.url) ?? readText(attachment.url),
      stickerId: readId(payload.sticker_id),
    };
  });
}

const answer = z.looseObject({ message_id: z.string().min(1) });

/** The id of the message that a good answer of the Send API names. Never throws. */
export function readMessageIds(body: string): readonly string[] {
  const read = answer.safeParse(parseJson(body));
  return read.success ? [read.data.message_id] : [];
}
