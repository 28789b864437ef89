import { z } from "zod";
import { parseJson, readId, readList, readObject, readText, type WireObject } from "../json.ts";

/**
 * Tolerant reader of what Messenger sends: fields and events change with the app's version, so every field may be
 * missing and every value unknown. Webhooks are parsed without a schema, for speed before the ack; API answers with
 * one.
 */

/** One event of an entry's `messaging`, `standby` or `changes`. */
export interface WireItem {
  readonly item: WireObject;
  /** As received, for storing. */
  readonly raw: unknown;
  /** Another app has the conversation (thread control): for information only. */
  readonly isStandby: boolean;
}

/** An entry's items, in order. `changes` of a page's feed aren't messages; they are stored only. */
export function readItems(entry: WireObject): readonly WireItem[] {
  const read = (list: unknown, isStandby: boolean) =>
    readList(list).map((raw) => ({ item: readObject(raw) ?? {}, raw, isStandby }));
  return [...read(entry.messaging, false), ...read(entry.standby, true), ...read(entry.changes, true)];
}

/** Fields that identify an item's kind, by the first that it has (Messenger: Webhook event reference). */
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
export type ItemKind = (typeof KINDS)[number];

export function itemKindOf(item: WireObject): ItemKind | null {
  return KINDS.find((kind) => readObject(item[kind]) !== null) ?? null;
}

/** Standard messaging window: 24 hours from the person's last action (Messenger: Policy overview). */
export const WINDOW_MS = 24 * 60 * 60_000;

/** Of a page or a person. */
export function readParty(value: unknown): string | null {
  return readId(readObject(value)?.id);
}

interface WireAttachment {
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
      // Older webhooks have the link beside the payload.
      url: readText(payload.url) ?? readText(attachment.url),
      stickerId: readId(payload.sticker_id),
    };
  });
}

const answer = z.looseObject({ message_id: z.string().min(1) });

/** The message id in a 2xx answer of the Send API. Never throws. */
export function readMessageIds(body: string): readonly string[] {
  const read = answer.safeParse(parseJson(body));
  return read.success ? [read.data.message_id] : [];
}
