import { z } from "zod";
import { joinTexts, type TurnEvent } from "../core/event.ts";
import type { Reply } from "../core/reply.ts";
import type { ClaimedTurn } from "../core/turn.ts";
import type { ProactiveMessage } from "./agent.ts";
import { check, type Parsed, parse } from "./parse.ts";

const TURN_SCHEMA = "turnpike.turn.v1";

/** A turn on the wire, the same for every transport. Times are ISO 8601 strings. */
export interface WireTurn {
  readonly schema: typeof TURN_SCHEMA;
  readonly turnId: string;
  /** Number of times that the turn was handed out. */
  readonly attempt: number;
  /** Fence: a deferred reply must have the current one. */
  readonly fence: number;
  readonly channel: string;
  readonly account: string;
  readonly conversation: { readonly id: string; readonly kind: string; readonly peerId: string };
  /** The texts of all events, one per line. */
  readonly text: string;
  /** When the last reply token expires; `null` when there is none. */
  readonly replyBy: string | null;
  readonly events: readonly WireEvent[];
  /**
   * Context: messages of the conversation since the previous turn that were not for the bot, in a group with a mention
   * trigger. Not to be answered. Bounded in number and age; absent when there are none.
   */
  readonly context?: readonly WireEvent[];
}

export interface WireEvent {
  readonly eventId: string;
  readonly platformEventId: string;
  readonly type: string;
  readonly sentAt: string;
  readonly receivedAt: string;
  readonly redelivered: boolean;
  readonly sender: { readonly id: string; readonly name: string | null } | null;
  readonly message?: Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };
  readonly postback?: { readonly data: string; readonly params?: Readonly<Record<string, string>> };
  readonly details?: Readonly<Record<string, unknown>>;
}

const wireText = z.string();

/** Schema of a turn, for the JSON Schema. Fields may be added in the same version. */
export const WireTurns = z.looseObject({
  schema: z.literal(TURN_SCHEMA),
  turnId: wireText,
  attempt: z.int(),
  fence: z.int(),
  channel: wireText,
  account: wireText,
  conversation: z.looseObject({ id: wireText, kind: wireText, peerId: wireText }),
  text: wireText,
  replyBy: z.iso.datetime().nullable(),
  events: z.array(
    z.looseObject({
      eventId: wireText,
      platformEventId: wireText,
      type: wireText,
      sentAt: z.iso.datetime(),
      receivedAt: z.iso.datetime(),
      redelivered: z.boolean(),
      sender: z.looseObject({ id: wireText, name: wireText.nullable() }).nullable(),
      message: z.looseObject({ id: wireText, type: wireText }).optional(),
      postback: z.looseObject({ data: wireText }).optional(),
    }),
  ),
});

export function toWireTurn(turn: ClaimedTurn): WireTurn {
  const { conversation } = turn;
  return {
    schema: TURN_SCHEMA,
    turnId: turn.turnId,
    attempt: turn.attempt,
    fence: turn.fence,
    channel: conversation.channel,
    account: conversation.account,
    conversation: { id: conversation.conversationId, kind: conversation.kind, peerId: conversation.peerId },
    text: joinTexts(turn.events),
    replyBy: turn.replyBy === null ? null : iso(turn.replyBy),
    events: turn.events.map(toWireEvent),
    ...(turn.context.length === 0 ? {} : { context: turn.context.map(toWireEvent) }),
  };
}

function toWireEvent({ content, sentAt, receivedAt, ...event }: TurnEvent): WireEvent {
  return { ...event, sentAt: iso(sentAt), receivedAt: iso(receivedAt), ...content };
}

const iso = (at: number) => new Date(at).toISOString();

const quoting = { replyTo: z.string().min(1).optional() };
const text = z.string().min(1);
const HttpsUrl = z.url({ protocol: /^https$/, error: "must be an https:// URL" });

const TextReply = z.object({ type: z.literal("text"), text, ...quoting });
const MediaReply = z.object({
  type: z.enum(["image", "video", "audio", "file"]),
  url: HttpsUrl,
  previewUrl: HttpsUrl.optional(),
  durationMs: z.number().int().positive().optional(),
  name: text.optional(),
  caption: text.optional(),
  ...quoting,
});
const LocationReply = z.object({
  type: z.literal("location"),
  title: text,
  address: text,
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  ...quoting,
});
/** Value of a choice. WhatsApp has the lowest limit (200 characters in a list). */
const value = text.max(200);
const Action = z.union([
  z.object({ label: text, value, url: z.undefined().optional() }),
  z.object({ label: text, url: z.url(), value: z.undefined().optional() }),
]);
const ChoicesReply = z.object({
  type: z.literal("choices"),
  text,
  choices: z
    .array(z.object({ label: text, value }))
    .min(1)
    .max(100),
  ...quoting,
});
const card = {
  title: text,
  text: text.optional(),
  imageUrl: HttpsUrl.optional(),
  actions: z.array(Action).max(20).optional(),
};
const CardReply = z.object({ type: z.literal("card"), ...card, ...quoting });
const CarouselReply = z.object({
  type: z.literal("carousel"),
  cards: z.array(z.object(card)).min(1).max(50),
  ...quoting,
});
const RawReply = z.object({
  type: z.literal("raw"),
  channel: text,
  message: z.record(z.string(), z.unknown()),
});
export const AnyReply = z.discriminatedUnion("type", [
  TextReply,
  MediaReply,
  LocationReply,
  ChoicesReply,
  CardReply,
  CarouselReply,
  RawReply,
]);

/** One reply as an agent may write it: a plain string is a text. */
export const WireReply = z.preprocess(
  (reply) => (typeof reply === "string" ? { type: "text", text: reply } : reply),
  AnyReply,
);

/** Maximum number of replies: a loop in an agent must not fill the disk. */
const REPLIES_MAX = 100;
export const WireReplies = z.array(WireReply).max(REPLIES_MAX);

const AnswerBody = z.object({ replies: WireReplies.default([]) });
const DeferredReplyBody = z.object({
  fence: z.number().int().nonnegative(),
  replies: WireReplies.default([]),
  done: z.boolean().default(false),
  /** Idempotency key as the number of this post within its turn, from 1. */
  seq: z.number().int().positive().optional(),
  /** Idempotency key within the turn. */
  idempotencyKey: z.string().min(1).max(200).optional(),
});

/** The body of a `200`: `{"replies":[…]}`. */
export function parseAnswer(text: string): Parsed<{ replies: readonly Reply[] }> {
  return parse(AnswerBody, text);
}

/** The body of `POST /v1/turns/:turnId/replies`. */
export function parseDeferredReply(text: string): Parsed<DeferredReplyContent> {
  const read = parse(DeferredReplyBody, text);
  if (!read.ok) return read;
  const { seq, idempotencyKey, ...answer } = read.value;
  if (seq !== undefined && idempotencyKey !== undefined) {
    return { ok: false, reason: "idempotencyKey: read next to seq; allowed is one of the two" };
  }
  return { ok: true, value: { ...answer, key: idempotencyKey === undefined ? keyOf(seq) : `key:${idempotencyKey}` } };
}

export interface DeferredReplyContent {
  readonly fence: number;
  readonly replies: readonly Reply[];
  readonly done: boolean;
  readonly key: string | null;
}

const Message = z.object({
  channel: text,
  account: text.default("default"),
  peerId: text,
  replies: WireReplies.min(1),
  idempotencyKey: z.string().min(1).max(200).optional(),
  deliverBy: z.iso.datetime({ offset: true, error: "must be a time as in 2026-11-22T03:00:00Z" }).optional(),
});

/** The body of `POST /v1/messages`. */
export function parseMessage(body: string): Parsed<ProactiveMessage> {
  const read = parse(Message, body);
  if (!read.ok) return read;
  const { channel, account, peerId, replies, idempotencyKey, deliverBy } = read.value;
  return {
    ok: true,
    value: {
      to: { channel, account, peerId },
      replies,
      key: idempotencyKey ?? null,
      deliverBy: deliverBy === undefined ? null : Date.parse(deliverBy),
    },
  };
}

/** Idempotency key of a `seq`, distinct from any `idempotencyKey`. */
export function keyOf(seq: number | undefined): string | null {
  return seq === undefined ? null : `seq:${seq}`;
}

/** Parses the return value of an agent function. */
export function parseReplies(value: unknown): Parsed<readonly Reply[]> {
  const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  return check(WireReplies, list, "replies");
}
