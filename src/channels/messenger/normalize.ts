import type { ConversationRef } from "../../core/conversation.ts";
import type { EventEffect, InboundEvent, Revision } from "../../core/event.ts";
import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { Malformed, type Normalized, type Verified } from "../channel.ts";
import { fingerprint, parseJson, readId, readList, readObject, readText, readTime, type WireObject } from "../json.ts";
import { readWebhook } from "../meta/wire.ts";
import { readContent } from "./normalize/content.ts";
import { itemKindOf, readItems, readParty, WINDOW_MS, type WireItem } from "./wire.ts";

/** Peer of an event without a person. The event is stored and never answered. */
export const UNKNOWN_PEER = "unknown";

export interface NormalizeOptions {
  readonly account: string;
  readonly pageId: string;
}

const decoder = new TextDecoder();

/** Throws `Malformed` for a body that isn't a webhook. Unknown content of one never throws. */
export function normalizeWebhook({ body }: Verified, options: NormalizeOptions): Normalized {
  const webhook = readWebhook(parseJson(decoder.decode(body)));
  if (webhook === null) throw new Malformed("the body has no entry array");
  // Other objects (`instagram`, `user`) may be subscribed to the same URL.
  if (webhook.object !== "page") return { events: [], ignored: webhook.entries.length };
  const own = webhook.entries.filter(({ id }) => id === options.pageId);
  const others = webhook.entries.flatMap(({ id }) => (id === null || id === options.pageId ? [] : [id]));
  const parts = own.flatMap(({ entry }) => readItems(entry).map((item) => readItem(item, entry, options)));
  return {
    events: parts.flatMap(({ event }) => event ?? []),
    receipts: parts.flatMap(({ receipt }) => receipt ?? []),
    ignored: webhook.entries.filter(({ id }) => id === null).length,
    elsewhere: [...new Set(others)],
  };
}

interface Part {
  readonly event?: InboundEvent;
  readonly receipt?: InboundReceipt;
}

function readItem(wire: WireItem, entry: WireObject, options: NormalizeOptions): Part {
  const { item } = wire;
  const at = readTime(item.timestamp, 1) || readTime(entry.time, 1);
  const conversation = readConversation(item, options);
  const receipt = readReceipt(item, { at, conversation });
  return receipt === null ? { event: readEvent(wire, { at, conversation }) } : { receipt };
}

interface EventContext {
  readonly at: number;
  readonly conversation: ConversationRef;
}

/** The peer: whichever of sender and recipient isn't the page. */
function readConversation(item: WireObject, { account, pageId }: NormalizeOptions): ConversationRef {
  const parties = [readParty(item.sender), readParty(item.recipient)];
  const peerId = parties.find((party) => party !== null && party !== pageId) ?? UNKNOWN_PEER;
  return { channel: "messenger", account, kind: "user", peerId };
}

/** Form of delivery ids, which are sent as `metadata`. */
const OUR_METADATA = /^dlv_[0-9a-f]+$/;

/** Receipts: echoes of our messages, and watermarks of what was delivered or read. */
function readReceipt(item: WireObject, { at, conversation }: EventContext): InboundReceipt | null {
  const { channel, account } = conversation;
  const base = { channel, account, deliveryId: null, platformMessageIds: [], watermark: null, at, failure: null };
  const marked = (status: "delivered" | "read", mark: WireObject): InboundReceipt => {
    const until = readTime(mark.watermark, 1);
    // `mids` is optional, the watermark isn't (Messenger: message_deliveries).
    const platformMessageIds = readList(mark.mids).flatMap((mid) => readText(mid) ?? []);
    return { ...base, status, platformMessageIds, watermark: until === 0 ? null : { conversation, at: until } };
  };
  switch (itemKindOf(item)) {
    case "delivery":
      return marked("delivered", readObject(item.delivery) ?? {});
    case "read":
      return marked("read", readObject(item.read) ?? {});
    case "message": {
      const message = readObject(item.message) ?? {};
      const deliveryId = readText(message.metadata);
      if (message.is_echo !== true || deliveryId === null || !OUR_METADATA.test(deliveryId)) return null;
      const mid = readText(message.mid);
      return { ...base, status: "echo", deliveryId, platformMessageIds: mid === null ? [] : [mid] };
    }
    default:
      return null;
  }
}

function readEvent(wire: WireItem, { at, conversation }: EventContext): InboundEvent {
  const { item, raw, isStandby } = wire;
  const { type, content, mid } = readContent(item);
  const isAnswerable = !isStandby && conversation.peerId !== UNKNOWN_PEER;
  const opensWindow = WINDOW_OPENING_TYPES.has(type);
  // An echo's sender is the page, which is no person.
  const senderId = type === "echo" ? null : readParty(item.sender);
  const key = mid ?? fingerprint(item);
  return {
    conversation,
    platformEventId: key,
    dedupKeys: [key],
    type,
    effect: isAnswerable ? effectOf(type) : "store",
    sentAt: at,
    redelivered: false,
    sender: senderId === null ? null : { id: senderId, name: null },
    content,
    token: null,
    revises: type === "messageEdited" && content.message !== undefined ? readEdit(item, at) : null,
    ...(isAnswerable && opensWindow ? { windowMs: WINDOW_MS } : {}),
    ...(type === "echo" ? { answeredBy: answeredBy(item) } : {}),
    raw,
  };
}

/** `num_edit` counts the edits of a message; it may come as a text. */
function readEdit(item: WireObject, at: number): Revision | null {
  const edit = readObject(item.message_edit);
  const mid = readText(edit?.mid);
  const count = Number(readId(edit?.num_edit));
  return mid === null
    ? null
    : { kind: "edit", of: mid, version: Number.isSafeInteger(count) && count > 0 ? count : at };
}

/** The page's inbox and other apps are named by their id; the page's instant reply has none. */
function answeredBy(item: WireObject): "human" | "maybe-greeting" {
  return readId(readObject(item.message)?.app_id) === null ? "maybe-greeting" : "human";
}

/** Types of a person's action, which opens the window (Messenger: Policy overview, "Standard messaging window"). */
const WINDOW_OPENING_TYPES: ReadonlySet<string> = new Set(["message", "postback", "reaction", "referral", "optin"]);

function effectOf(type: string): EventEffect {
  switch (type) {
    case "message":
      return "collect";
    case "postback":
    // The person came through a link or a plugin and expects a greeting.
    case "referral":
    case "optin":
      return "collect-now";
    default:
      return "store";
  }
}
