import type { ConversationKind, ConversationRef } from "../../core/conversation.ts";
import {
  type EventContent,
  type InboundEvent,
  type InboundMessage,
  quoting,
  type Revision,
  type SetPart,
} from "../../core/event.ts";
import type { GrantedReplyToken } from "../../core/reply-token.ts";
import { Malformed, type Normalized, type Verified } from "../channel.ts";
import { fingerprint, parseBody, readList, readObject, readText, readTime, type WireObject } from "../json.ts";
import { textOfLocation, textOfSticker, textOfType } from "../message-text.ts";
import { callbackTokenOf } from "./cost-policy/button.ts";
import { type EffectOptions, effectOf } from "./normalize/effect.ts";
import { nameEmojis } from "./normalize/emojis.ts";
import { COMMON_EVENT_FIELDS, DUMMY_REPLY_TOKENS, KNOWN_EVENT_TYPES, readEvents } from "./wire.ts";

/** Peer of an event without a source, such as a failed account link. The event is stored and never answered. */
export const UNKNOWN_PEER = "unknown";

/** A redelivered event's token expires this long after the event, in ms (LINE: Messaging API reference). */
const TOKEN_LIFE_AFTER_EVENT_MS = 20 * 60_000;

export interface NormalizeOptions extends EffectOptions {
  readonly account: string;
  readonly replyTokenTtlMs: number;
  /** The bot's user id, the `destination` of every webhook of the account; `null`: not checked. */
  readonly botUserId: string | null;
}

/** Throws `Malformed` for a body that isn't a webhook. Unknown content of one never throws. */
export function normalizeWebhook(webhook: Verified, options: NormalizeOptions): Normalized {
  const body = parseBody(webhook.body);
  const listed = readEvents(body);
  checkDestination(readObject(body)?.destination, options);
  if (listed === null) throw new Malformed("the body has no events array");
  const events: InboundEvent[] = [];
  let ignored = 0;
  for (const raw of listed) {
    const event = readObject(raw) ?? {};
    if (DUMMY_REPLY_TOKENS.has(readText(event.replyToken) ?? "")) ignored += 1;
    else events.push(normalizeEvent(raw, event, options));
  }
  return { events, ignored };
}

/** The path's account chose the secret; the signed body must be addressed to the same bot. */
function checkDestination(destination: unknown, { account, botUserId }: NormalizeOptions): void {
  const named = readText(destination);
  if (named !== null && botUserId !== null && named !== botUserId) {
    throw new Malformed(`the body's destination is another bot than that of account ${account}`);
  }
}

function normalizeEvent(raw: unknown, event: WireObject, options: NormalizeOptions): InboundEvent {
  const { type, content } = readContent(event);
  const conversation = readConversation(event, options.account);
  const isAnswerable = event.mode !== "standby" && conversation.peerId !== UNKNOWN_PEER;
  const redelivered = readObject(event.deliveryContext)?.isRedelivery === true;
  const sentAt = typeof event.timestamp === "number" ? readTime(event.timestamp, 1) : 0;
  const senderId = readText(readObject(event.source)?.userId);
  const platformEventId = readText(event.webhookEventId) ?? fingerprintOf(raw);
  const messageId = type === "message" ? readText(content.message?.id) : null;
  const callbackToken = type === "postback" ? callbackTokenOf(content.postback?.data ?? "") : null;
  const part = readImageSet(content.message);
  return {
    conversation,
    platformEventId,
    dedupKeys: messageId === null ? [platformEventId] : [platformEventId, messageKey(messageId)],
    // Of its own, so that it isn't context either: no agent sees it.
    type: callbackToken === null ? type : "buttonCallback",
    effect:
      isAnswerable && callbackToken === null ? effectOf({ type, kind: conversation.kind, content }, options) : "store",
    sentAt,
    redelivered,
    sender: senderId === null ? null : { id: senderId, name: null },
    content,
    token: isAnswerable ? readToken(event, { sentAt, redelivered, ttlMs: options.replyTokenTtlMs }) : null,
    revises: readRevision(event, { type, content, sentAt }),
    ...(part === null ? {} : { part }),
    ...(callbackToken !== null && isAnswerable ? { callbackToken } : {}),
    raw,
  };
}

/** An unsent message, or one that was edited: the same id, with another text (LINE: "Message edited event"). */
function readRevision(
  event: WireObject,
  { type, content, sentAt }: Pick<InboundEvent, "type" | "content" | "sentAt">,
): Revision | null {
  const unsent = type === "unsend" ? readText(readObject(event.unsend)?.messageId) : null;
  if (unsent !== null) return { kind: "retract", of: messageKey(unsent) };
  const edited = type === "messageEdited" ? readText(content.message?.id) : null;
  return edited === null ? null : { kind: "edit", of: messageKey(edited), version: sentAt };
}

/** Images sent at once. Without index or total, as LINE for Android before 11.15 sends them, they are single images. */
function readImageSet(message: InboundMessage | undefined): SetPart | null {
  const imageSet = readObject(message?.imageSet);
  const setId = readText(imageSet?.id);
  const { index, total } = imageSet ?? {};
  if (setId === null || !isCount(index) || !isCount(total) || total < 2 || index > total) return null;
  return { setId, index, total };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function messageKey(messageId: string): string {
  return `message:${messageId}`;
}

/** Type and content. A known type without its own object is `other`: it has no content to give to the agent. */
function readContent(event: WireObject): { type: string; content: EventContent } {
  const type = readText(event.type);
  if (type === "message" || type === "messageEdited") {
    const message = readObject(event.message);
    if (message !== null) {
      return { type, content: { ...quoting(readText(message.quotedMessageId)), message: readMessage(message) } };
    }
  } else if (type === "postback") {
    const postback = readObject(event.postback);
    if (typeof postback?.data === "string") {
      return { type, content: { postback: { data: postback.data, ...readParams(postback.params) } } };
    }
  } else if (type !== null && KNOWN_EVENT_TYPES.has(type)) {
    return { type, content: readDetails(event) };
  }
  return { type: "other", content: readDetails(event) };
}

function readMessage(message: WireObject): InboundMessage {
  const { id, type: given, text, ...rest } = nameEmojis(message);
  const type = (readText(given) ?? "other").toLowerCase();
  const words = readText(text) ?? textOf(type, rest);
  return { ...rest, id: typeof id === "string" ? id : "", type, ...(words === null ? {} : { text: words }) };
}

/** What a message without a text says. */
function textOf(type: string, { keywords, title, address, latitude, longitude }: WireObject): string | null {
  // LINE: "keywords", up to 15 words that describe the sticker.
  if (type === "sticker") return textOfSticker(readList(keywords));
  if (type === "location") return textOfLocation([title, address], latitude, longitude);
  return textOfType(type);
}

function readParams(params: unknown): { params?: Readonly<Record<string, string>> } {
  const given = readObject(params);
  if (given === null) return {};
  const words = Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { params: Object.fromEntries(words) };
}

function readDetails(event: WireObject): EventContent {
  const details = Object.entries(event).filter(([field]) => !COMMON_EVENT_FIELDS.has(field));
  return details.length === 0 ? {} : { details: Object.fromEntries(details) };
}

const PEER_FIELDS: readonly (readonly [ConversationKind, string])[] = [
  ["group", "groupId"],
  ["room", "roomId"],
  // Last: in a group or room it is the sender.
  ["user", "userId"],
];

function readConversation(event: WireObject, account: string): ConversationRef {
  const source = readObject(event.source) ?? {};
  for (const [kind, field] of PEER_FIELDS) {
    const peerId = readText(source[field]);
    if (peerId !== null) return { channel: "line", account, kind, peerId };
  }
  return { channel: "line", account, kind: "user", peerId: UNKNOWN_PEER };
}

function readToken(
  event: WireObject,
  copy: { sentAt: number; redelivered: boolean; ttlMs: number },
): GrantedReplyToken | null {
  const token = readText(event.replyToken);
  if (token === null) return null;
  // The first copy's token is always tried: its age is measured by LINE's clock, and ours may be wrong.
  const sentAt = copy.sentAt > 0 ? copy.sentAt : null;
  const notAfter = copy.redelivered && sentAt !== null ? sentAt + TOKEN_LIFE_AFTER_EVENT_MS : null;
  return { token, ttlMs: copy.ttlMs, notAfter, grantedAt: copy.redelivered ? null : sentAt };
}

/** Of an event without an id. Its copies differ in their delivery context and reply token. */
function fingerprintOf(raw: unknown): string {
  const { deliveryContext: _, replyToken: __, ...lasting } = readObject(raw) ?? { value: raw };
  return fingerprint(lasting);
}
