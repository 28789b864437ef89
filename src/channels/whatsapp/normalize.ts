import type { ConversationRef, PeerIds } from "../../core/conversation.ts";
import type { InboundEvent } from "../../core/event.ts";
import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { Malformed, type Normalized, type Verified } from "../channel.ts";
import { fingerprint, parseBody, readId, readList, readObject, readText, readTime, type WireObject } from "../json.ts";
import { classifyFailure } from "./classify.ts";
import { effectOf, readContent, readRevision } from "./normalize/content.ts";
import { idsOf, type Person, readNumber, readPerson, readSystemChange, readUpdatedPerson } from "./normalize/person.ts";
import { readStatus } from "./normalize/status.ts";
import { FREE_ENTRY_MS, KNOWN_FIELDS, WINDOW_MS } from "./wire.ts";

/** Peer of an event without a person, such as a template's new status. The event is stored and never answered. */
export const UNKNOWN_PEER = "unknown";

export interface NormalizeOptions {
  readonly account: string;
  readonly phoneNumberId: string;
}

/**
 * Throws `Malformed` for a body that isn't a webhook. Unknown content of one never throws. Parts for another phone
 * number are left out, and the number is named in `elsewhere`.
 */
export function normalizeWebhook(webhook: Verified, options: NormalizeOptions): Normalized {
  const body = readObject(parseBody(webhook.body));
  if (body === null || !Array.isArray(body.entry)) throw new Malformed("the body has no entry array");
  const changes = body.entry.flatMap((entry: unknown) => readEntry(readObject(entry) ?? {}, options.account));
  const ours = changes.filter(({ phoneNumberId }) => phoneNumberId === null || phoneNumberId === options.phoneNumberId);
  const others = changes
    .map(({ phoneNumberId }) => phoneNumberId)
    .filter((id) => id !== null && id !== options.phoneNumberId);
  return {
    events: ours.flatMap(readChange),
    receipts: ours.flatMap(readReceipts),
    elsewhere: [...new Set(others)].filter((id) => id !== null),
    ignored: 0,
  };
}

/** One change of one entry, and whose it is. */
interface Change {
  readonly account: string;
  readonly entryId: string | null;
  readonly field: string;
  /** The phone number that it is for; `null`: the whole business account. */
  readonly phoneNumberId: string | null;
  readonly value: WireObject;
}

function readEntry(entry: WireObject, account: string): Change[] {
  return readList(entry.changes).map((given) => {
    const change = readObject(given) ?? {};
    const value = readObject(change.value) ?? {};
    return {
      account,
      entryId: readId(entry.id),
      field: readText(change.field) ?? "other",
      phoneNumberId: readId(readObject(value.metadata)?.phone_number_id),
      value,
    };
  });
}

function readChange(change: Change): InboundEvent[] {
  const { value } = change;
  const events = [
    ...readList(value.messages).map((raw) => messageEvent(change, raw)),
    ...readList(value.statuses)
      .filter((raw) => readStatus(readObject(raw) ?? {}) === null)
      .map((raw) => notificationEvent(change, "other", raw)),
    ...readList(value.message_echoes).map((raw) => echoEvent(change, raw)),
    ...readList(value.user_id_update).map((raw) => updateEvent(change, raw)),
    ...readList(value.calls).map((raw) => callEvent(change, raw)),
    ...readList(value.errors).map((raw) => notificationEvent(change, "error", raw)),
  ];
  if (events.length > 0 || readList(value.statuses).length > 0) return events;
  // Any other notification about the number or the account: stored whole.
  return [notificationEvent(change, change.field, value)];
}

/** Statuses of our messages. Receipts of a delivery, not events. */
function readReceipts({ account, value }: Change): InboundReceipt[] {
  return readList(value.statuses).flatMap((raw): InboundReceipt[] => {
    const status = readStatus(readObject(raw) ?? {});
    if (status === null) return [];
    return [
      {
        channel: "whatsapp",
        account,
        status: status.status,
        deliveryId: status.deliveryId,
        platformMessageIds: [status.messageId],
        watermark: null,
        at: status.at,
        failure: status.status === "failed" ? classifyFailure(status.error) : null,
      },
    ];
  });
}

function base(raw: unknown, id: string): Omit<InboundEvent, "conversation" | "type" | "content"> {
  return {
    platformEventId: id,
    dedupKeys: [id],
    effect: "store",
    sentAt: readTime(readObject(raw)?.timestamp, 1_000),
    redelivered: false,
    sender: null,
    token: null,
    revises: null,
    raw,
  };
}

function messageEvent(change: Change, raw: unknown): InboundEvent {
  const message = readObject(raw) ?? {};
  const { type, content } = readContent(message);
  const person = readPerson(message, change.value.contacts);
  const groupId = readText(message.group_id);
  const peerIds = groupId !== null ? null : type === "system" ? readSystemChange(message, person) : idsOf(person);
  const conversation = conversationOf(change, groupId, type === "system" ? currentIds(peerIds) : person);
  const senderId = person.own ?? person.reassignable;
  const id = readText(message.id) ?? fingerprintOf(change, raw);
  const common = base(raw, id);
  return {
    ...common,
    conversation,
    ...(peerIds === null || conversation.peerId === UNKNOWN_PEER ? {} : { peerIds }),
    type,
    effect: conversation.peerId === UNKNOWN_PEER ? "store" : effectOf(type),
    sender: senderId === null ? null : { id: senderId, name: person.name },
    content,
    revises: readRevision(message, type, common.sentAt),
    ...windowOf(type, message),
  };
}

/** Not a message: whether WhatsApp counts an edit as one isn't documented. */
const NO_WINDOW: ReadonlySet<string> = new Set(["system", "messageEdited", "unsend"]);

/**
 * A person's message opens the window, as their call does; a system message doesn't. After an ad the window is longer,
 * if the first answer follows within a day; if it doesn't, WhatsApp refuses later messages, which are then parked.
 */
function windowOf(type: string, message: WireObject): { readonly windowMs?: number } {
  if (NO_WINDOW.has(type)) return {};
  return { windowMs: readObject(message.referral) === null ? WINDOW_MS : FREE_ENTRY_MS };
}

function currentIds(peerIds: PeerIds | null): Pick<Person, "own" | "reassignable"> {
  return peerIds ?? { own: null, reassignable: null };
}

function conversationOf(
  change: Change,
  groupId: string | null,
  person: Pick<Person, "own" | "reassignable">,
): ConversationRef {
  const where = { channel: "whatsapp", account: change.account };
  if (groupId !== null) return { ...where, kind: "group", peerId: groupId };
  return { ...where, kind: "user", peerId: person.own ?? person.reassignable ?? UNKNOWN_PEER };
}

/**
 * A human agent's message from the WhatsApp Business app, or the app's automatic greeting (Cloud API:
 * `smb_message_echoes`). The agent may also edit it, take it back or react to a message, which is no answer.
 */
function echoEvent(change: Change, raw: unknown): InboundEvent {
  const echo = readObject(raw) ?? {};
  const { type, content } = readContent(echo);
  const isAnswer = !NO_ANSWER.has(type);
  const person = { own: readText(echo.to_user_id), reassignable: readNumber(echo.to) };
  const conversation = conversationOf(change, null, person);
  const id = readText(echo.id) ?? fingerprintOf(change, raw);
  const common = base(raw, id);
  const revises = readRevision(echo, type, common.sentAt);
  return {
    ...common,
    conversation,
    ...(conversation.peerId === UNKNOWN_PEER ? {} : { peerIds: { ...person, formerly: null } }),
    dedupKeys: [echoKey(id)],
    type: isAnswer ? "echo" : type,
    content,
    revises: revises === null ? null : { ...revises, of: echoKey(revises.of) },
    ...(isAnswer && conversation.peerId !== UNKNOWN_PEER ? { answeredBy: "maybe-greeting" } : {}),
  };
}

const NO_ANSWER: ReadonlySet<string> = new Set(["messageEdited", "unsend", "reaction"]);

function echoKey(id: string): string {
  return `echo:${id}`;
}

/**
 * A call, when it begins and when it ends. One that the person makes opens the window, whether it is answered or not,
 * from when it began (Cloud API: Calling); one that the business makes is only stored.
 */
function callEvent(change: Change, raw: unknown): InboundEvent {
  const call = readObject(raw) ?? {};
  const isTheirs = call.direction !== "BUSINESS_INITIATED";
  const person = isTheirs
    ? readPerson(call, change.value.contacts)
    : { own: readText(call.to_user_id), reassignable: readNumber(call.to), name: null };
  const conversation = conversationOf(change, null, person);
  const [id, step] = [readText(call.id), readText(call.event)];
  const event = {
    ...base(raw, id === null || step === null ? fingerprintOf(change, raw) : `${id}/${step}`),
    conversation,
    type: "calls",
    content: { details: call },
  };
  if (conversation.peerId === UNKNOWN_PEER) return event;
  const beganAt = readTime(call.start_time, 1_000);
  const lastedMs = beganAt > 0 ? Math.max(0, event.sentAt - beganAt) : 0;
  return { ...event, peerIds: idsOf(person), ...(isTheirs && { windowMs: WINDOW_MS - lastedMs }) };
}

function updateEvent(change: Change, raw: unknown): InboundEvent {
  const peerIds = readUpdatedPerson(readObject(raw) ?? {});
  const conversation = conversationOf(change, null, currentIds(peerIds));
  return {
    ...base(raw, fingerprintOf(change, raw)),
    conversation,
    ...(peerIds === null ? {} : { peerIds }),
    type: peerIds === null ? "other" : "user_id_update",
    content: { details: readObject(raw) ?? {} },
  };
}

/** A notification of the platform. */
function notificationEvent(change: Change, field: string, raw: unknown): InboundEvent {
  const groupId = readText(readObject(readList(change.value.groups)[0])?.group_id);
  return {
    ...base(raw, fingerprintOf(change, raw)),
    conversation: conversationOf(change, groupId, { own: null, reassignable: null }),
    type: field === "error" || KNOWN_FIELDS.has(field) ? field : "other",
    content: { details: readObject(raw) ?? {} },
  };
}

/** Of an event without an id: its content and place. */
function fingerprintOf(change: Change, raw: unknown): string {
  return fingerprint([change.entryId, change.field, raw]);
}
