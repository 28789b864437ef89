import { z } from "zod";
import { joinTexts, type QuotedMessage, type TurnEvent } from "../core/event.ts";
import type { ReadReplies } from "../core/reply.ts";
import type { ClaimedTurn } from "../core/turn.ts";
import { check, type Parsed, parse } from "../runtime/parse-json.ts";
import type { ProactiveMessage } from "./agent.ts";
import { wireReplies } from "./replies.ts";

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
   * trigger or during a handover (type `echo`: a human agent's). Not to be answered. Bounded in number, in a group also in
   * age; absent when there are none.
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
  /** The message that this one answers: quoted, or with the button that was tapped. */
  readonly quoted?: QuotedMessage;
  readonly message?: Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };
  readonly postback?: { readonly data: string; readonly params?: Readonly<Record<string, string>> };
  readonly details?: Readonly<Record<string, unknown>>;
}

const wireText = z.string();

const WireEvents = z.array(
  z.looseObject({
    eventId: wireText,
    platformEventId: wireText,
    type: wireText,
    sentAt: z.iso.datetime(),
    receivedAt: z.iso.datetime(),
    redelivered: z.boolean(),
    sender: z.looseObject({ id: wireText, name: wireText.nullable() }).nullable(),
    quoted: z
      .looseObject({
        messageId: wireText,
        role: z.enum(["user", "assistant"]).optional(),
        type: wireText.optional(),
        text: wireText.optional(),
        contentUrl: wireText.optional(),
      })
      .optional(),
    message: z.looseObject({ id: wireText, type: wireText }).optional(),
    postback: z.looseObject({ data: wireText, params: z.record(wireText, wireText).optional() }).optional(),
    details: z.looseObject({}).optional(),
  } satisfies Record<keyof WireEvent, z.ZodType>),
);

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
  events: WireEvents,
  context: WireEvents.optional(),
} satisfies Record<keyof WireTurn, z.ZodType>);

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
    replyBy: turn.replyBy === null ? null : iso(turn.replyBy - steppedMs(turn)),
    events: turn.events.map(toWireEvent),
    ...(turn.context.length === 0 ? {} : { context: turn.context.map(toWireEvent) }),
  };
}

/** Two clocks of one machine are never the same to the millisecond: only a clock that was set counts. */
const SLEWED_MS = 1_000;
const steppedMs = ({ aheadMs = 0 }: ClaimedTurn) => (aheadMs > SLEWED_MS ? aheadMs : 0);

function toWireEvent({ content, sentAt, receivedAt, ...event }: TurnEvent): WireEvent {
  return { ...event, sentAt: iso(sentAt), receivedAt: iso(receivedAt), ...content };
}

const iso = (at: number) => new Date(at).toISOString();

const AnswerBody = z.object({ replies: wireReplies() });
const DeferredReplyBody = z.object({
  fence: z.number().int().nonnegative(),
  replies: wireReplies().prefault([]),
  done: z.boolean().default(false),
  /** Idempotency key as the number of this post within its turn, from 1. */
  seq: z.number().int().positive().optional(),
  /** Idempotency key within the turn. */
  idempotencyKey: z.string().min(1).max(200).optional(),
});

/** The body of a `200`: `{"replies":[…]}`. */
export function parseAnswer(text: string): Parsed<ReadReplies> {
  const read = parse(AnswerBody, text);
  return read.ok ? { ok: true, value: read.value.replies } : read;
}

/** The body of `POST /v1/turns/:turnId/replies`. */
export function parseDeferredReply(text: string): Parsed<DeferredReplyContent> {
  const read = parse(DeferredReplyBody, text);
  if (!read.ok) return read;
  const { seq, idempotencyKey, replies, ...answer } = read.value;
  if (seq !== undefined && idempotencyKey !== undefined) {
    return { ok: false, reason: "idempotencyKey: read next to seq; allowed is one of the two" };
  }
  return {
    ok: true,
    value: { ...answer, ...replies, key: idempotencyKey === undefined ? keyOf(seq) : `key:${idempotencyKey}` },
  };
}

export interface DeferredReplyContent extends ReadReplies {
  readonly fence: number;
  readonly done: boolean;
  readonly key: string | null;
}

const Message = z.object({
  channel: z.string().min(1),
  account: z.string().min(1).default("default"),
  peerId: z.string().min(1),
  replies: wireReplies(1),
  idempotencyKey: z.string().min(1).max(200).optional(),
  deliverBy: z.iso.datetime({ offset: true, error: "must be a time as in 2026-11-22T03:00:00Z" }).optional(),
});

/** The body of `POST /v1/messages`. */
export function parseMessage(body: string): Parsed<ProactiveMessage> {
  const read = parse(Message, body);
  if (!read.ok) return read;
  const { channel, account, peerId, replies: given, idempotencyKey, deliverBy } = read.value;
  const { replies, unsayable = [] } = given;
  // Its author is there to put it right, and no person waits for an answer.
  const [wrong] = unsayable;
  if (wrong !== undefined) return { ok: false, reason: wrong.problem };
  if (replies.length === 0) return { ok: false, reason: "replies: read nothing to say; allowed is at least 1 reply" };
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
export function parseReplies(value: unknown): Parsed<ReadReplies> {
  const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  return check(wireReplies(), list, "replies");
}
