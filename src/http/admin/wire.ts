/**
 * Schemas of the admin API: the server encodes with them, the client decodes. Times are ISO strings on the wire. Fields
 * that a schema doesn't name are dropped, so that lists contain no message content by accident.
 */
import { z } from "zod";
import { BREAKER_STATES } from "../../agents/agent.ts";
import { ACCOUNT_STATUSES } from "../../core/account.ts";
import { adviceOf } from "../../core/advice.ts";
import { CONVERSATION_KINDS, CONVERSATION_STATUSES } from "../../core/conversation.ts";
import { DELIVERY_STATES, ROUTES, SEND_OUTCOME_KINDS } from "../../core/delivery.ts";
import { EVENT_STATES, type EventContent } from "../../core/event.ts";
import { ITEM_ACTIONS, OPERATOR_ACTIONS, REFUSALS } from "../../core/operator-action.ts";
import { RECEIPT_STATUSES } from "../../core/receipt.ts";
import { REPLY_TOKEN_STATES } from "../../core/reply-token.ts";
import { ROUTE_REASON_CODES } from "../../core/route-reason.ts";
import { DELIVERY_KINDS, SLOW_REPLY_STATES } from "../../core/slow-reply.ts";
import { TURN_STATES } from "../../core/turn.ts";
import { WAIT_REASONS, WAITING_STATES } from "../../core/waiting.ts";
import { LISTED_STATES, WAITING_SCOPES, type WaitingItem } from "../../store/operator.ts";
import { subjectOf } from "../../store/operator-subject.ts";
import { withoutTokens, withoutTokensInText } from "./redact.ts";

export const time = z.codec(z.iso.datetime(), z.int(), {
  decode: (iso) => Date.parse(iso),
  encode: (ms) => new Date(ms).toISOString(),
});

export const enumOf = <const T extends readonly string[]>(list: T) =>
  z.enum(list as unknown as [T[number], ...T[number][]]);
const turnState = enumOf(TURN_STATES);
const deliveryState = enumOf(DELIVERY_STATES);
export const state = z.union([turnState, deliveryState]);
const conversationStatus = enumOf(CONVERSATION_STATUSES);
const accountStatus = enumOf(ACCOUNT_STATUSES);
const route = enumOf(ROUTES).nullable();
export const itemKind = z.enum(["turn", "delivery"]);
const text = z.string().nullable();
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const page = <T extends z.ZodType>(item: T) => z.object({ items: list(item), next: text });

/** Is changed on its way out. */
const leaving = <T>(schema: z.ZodType<T, T>, change: (value: T) => T) =>
  z.codec(schema, schema, { decode: (value) => value, encode: change });

export const conversation = z.object({
  conversationId: z.string(),
  channel: z.string(),
  account: z.string(),
  kind: enumOf(CONVERSATION_KINDS),
  peerId: z.string(),
});

const sender = z.object({ id: z.string(), name: text });

const conversationDetail = conversation.extend({
  windowEndsAt: time.nullable(),
  pausedUntil: time.nullable(),
  peerIds: list(z.object({ id: z.string(), isReassignable: z.boolean(), addressSince: time.nullable() })),
  senders: list(sender),
});

const replyToken = z.object({
  receivedAt: time,
  expiresAt: time,
  guaranteedUntil: time,
  state: enumOf(REPLY_TOKEN_STATES),
  deliveryId: text,
});

const slowReply = z.object({
  state: enumOf(SLOW_REPLY_STATES),
  promptedAt: time,
  expiresAt: time,
  readyAt: time.nullable(),
  pushAfterMs: z.int().nullable(),
});

const advice = z.object({
  why: z.string(),
  can: list(z.object({ action: enumOf(ITEM_ACTIONS), effect: z.string(), needsForce: z.boolean() })),
});

const facts = {
  id: z.string(),
  conversation,
  since: time,
  reason: text,
  attempts: z.int(),
  failures: z.int(),
  isDiscarded: z.boolean(),
  dueAt: time.nullable(),
  why: enumOf(WAIT_REASONS).nullable(),
  advice,
};
const turnItem = z.object({ kind: z.literal("turn"), ...facts, state: turnState, isPartlyAnswered: z.boolean() });
const deliveryItem = z.object({
  kind: z.literal("delivery"),
  ...facts,
  state: deliveryState,
  turnId: text,
  route,
  mayHaveArrived: z.boolean(),
  bundledInto: text,
  waitsForAccount: z.boolean(),
});
const item = z.discriminatedUnion("kind", [turnItem, deliveryItem]);

const action = z.object({
  at: time,
  actionId: z.string(),
  actor: z.string(),
  action: enumOf(OPERATOR_ACTIONS),
  item: z.enum(["turn", "delivery", "account", "conversation"]),
  id: z.string(),
  conversationId: text,
  from: z.union([state, accountStatus, conversationStatus]),
  to: z.union([state, accountStatus, conversationStatus]),
});

/** Duplicates of an event, as far as this process knows them: those that came to it since `knownSince`. */
const duplicates = z.object({
  count: z.int(),
  /** The newest 20, oldest first. */
  newest: list(z.object({ at: time, redelivered: z.boolean(), tokenRefreshed: z.boolean() })),
  knownSince: time,
});

const entry = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("event"),
    at: time,
    eventId: z.string(),
    platformEventId: z.string(),
    type: z.string(),
    state: enumOf(EVENT_STATES),
    turnId: text,
    sentAt: time,
    redelivered: z.boolean(),
    sender: sender.nullable(),
    content: leaving(z.custom<EventContent>(), withoutTokens),
    /**
     * Its duplicates; clients know the field by this name. Absent where no gateway was asked, but its database:
     * `turnpike dead show` beside PostgreSQL.
     */
    copies: duplicates.optional(),
    contentDeleted: z.boolean(),
    replyToken: replyToken.nullable(),
  }),
  z.object({
    kind: z.literal("turn"),
    at: time,
    turnId: z.string(),
    state: turnState,
    attempt: z.int(),
    failures: z.int(),
    reason: text,
    sealedAt: time.nullable(),
    claimedAt: time.nullable(),
    endedAt: time.nullable(),
    discardedAt: time.nullable(),
    quietMs: z.int(),
    maxWaitMs: z.int(),
    maxEvents: z.int(),
    dueAt: time.nullable(),
    firstClaimedAt: time.nullable(),
    fence: z.int(),
    owner: text,
    leaseExpiresAt: time.nullable(),
    contentDeleted: z.boolean(),
    slowReply: slowReply.nullable(),
  }),
  z.object({
    kind: z.literal("delivery"),
    at: time,
    deliveryId: z.string(),
    turnId: text,
    words: enumOf(DELIVERY_KINDS),
    state: deliveryState,
    route,
    messages: leaving(list(z.unknown()), withoutTokens),
    attempts: z.int(),
    reason: text,
    evidence: text,
    resentBecause: text,
    platformMessageIds: list(z.string()),
    bundledInto: text,
    stateSince: time,
    discardedAt: time.nullable(),
    dueAt: time.nullable(),
    deliverBy: time.nullable(),
    parkedSince: time.nullable(),
    unknownSince: time.nullable(),
    routeReason: enumOf(ROUTE_REASON_CODES).nullable(),
    contentDeleted: z.boolean(),
  }),
  z.object({
    kind: z.literal("attempt"),
    at: time,
    deliveryId: z.string(),
    attempt: z.int(),
    route: enumOf(ROUTES),
    routeReason: enumOf(ROUTE_REASON_CODES).nullable(),
    endedAt: time.nullable(),
    outcome: enumOf(SEND_OUTCOME_KINDS).nullable(),
    reason: text,
    status: z.int().nullable(),
    response: leaving(z.string(), withoutTokensInText).nullable(),
    requestId: text,
    acceptedRequestId: text,
  }),
  z.object({
    kind: z.literal("receipt"),
    at: time,
    deliveryId: z.string(),
    platformMessageId: z.string(),
    status: enumOf(RECEIPT_STATUSES),
    saidAt: time,
    detail: text,
  }),
  action.extend({ kind: z.literal("action") }),
]);

/**
 * The month's paid messages, as this process knows them. `none`: the platform sets no limit, or counts none. `unknown`: it has
 * not said yet. `limit` is `null` while the platform has only refused a message. `exhausted`: it refuses them now.
 */
const QUOTA = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["none", "unknown"]), exhausted: z.boolean() }),
  z.object({ kind: z.literal("limited"), left: z.int(), limit: z.int().nullable(), exhausted: z.boolean() }),
]);

const account = z.object({
  channel: z.string(),
  account: z.string(),
  status: accountStatus,
  stopped: z.object({ reason: z.string(), at: time }).nullable(),
  check: z.object({ nextAt: time, made: z.int(), said: text }).nullable(),
  waiting: z.int(),
  slowUntil: time.nullable(),
  templateRefused: z.object({ reason: z.string(), at: time }).nullable(),
  isOutOfQuota: z.boolean(),
  receipts: z.object({ run: z.int(), lastAt: time.nullable(), watchedSince: time.nullable(), now: time }).nullable(),
});

export const WIRE = {
  overview: z.object({
    now: time,
    agent: z.enum(["reachable", "not reachable"]),
    /** Circuit breakers of this process, an entry for each agent that has one. */
    breakers: list(z.object({ agent: z.string(), state: enumOf(BREAKER_STATES) })),
    waiting: list(z.object({ state: enumOf(WAITING_STATES), count: z.int(), oldestMs: z.int() })),
  }),
  accounts: z.object({
    accounts: list(
      account.extend({
        /** Configured in this process. */
        isConfigured: z.boolean(),
        /** Rest of the monthly quota; `null`: no limit, or unknown. */
        paidLeft: z.int().nullable(),
        quota: QUOTA,
      }),
    ),
  }),
  /** As the command line shows them. */
  accountStates: z.object({ accounts: list(account) }),
  waiting: page(item),
  item: z.object({ item, entries: list(entry) }),
  conversations: page(
    z.object({
      conversation,
      newestTurn: z.object({ turnId: z.string(), state: turnState, firstEventAt: time }).nullable(),
      lastAt: time,
      lastDirection: z.enum(["in", "out"]).nullable(),
      needsOperator: z.boolean(),
      pausedUntil: time.nullable(),
      senders: list(sender),
    }),
  ),
  conversation: conversationDetail,
  timeline: z.object({ conversation: conversationDetail, entries: list(entry), next: text }),
  search: z.object({
    found: list(
      z.object({ kind: z.enum(["conversation", "event", "turn", "delivery"]), id: z.string(), conversation }),
    ),
    /** The calls for messages queued since then were searched for a request id, of older ones not all; `null`: all were. */
    requestsSince: time.nullable(),
  }),
  actions: page(action),
  accountStarted: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("started"), isRepeated: z.boolean() }),
    z.object({ kind: z.literal("not-stopped") }),
  ]),
  operated: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("done"),
      item: itemKind,
      from: state,
      to: state,
      conversation,
      route,
      isRepeated: z.boolean(),
    }),
    z.object({ kind: z.literal("refused"), why: enumOf(REFUSALS), state }),
    z.object({ kind: z.literal("no-such-item") }),
    z.object({ kind: z.literal("other-action"), action: enumOf(ITEM_ACTIONS) }),
  ]),
} as const;

/** An item as the API shows it. */
export function withAdvice(item: WaitingItem) {
  return { ...item, advice: adviceOf(subjectOf(item), item.reason) };
}

/** Types of the answers on the wire, for the console. */
export type Wire = { readonly [K in keyof typeof WIRE]: z.input<(typeof WIRE)[K]> };

/** Without states what an operator may act on is meant, and in a state that is named every row. */
export function waitingQueryOf({ scope, state, ...rest }: z.output<typeof QUERIES.waiting>) {
  const meant = scope ?? (state === undefined ? "operator" : "all");
  return { ...rest, scope: meant, states: state ?? (meant === "all" ? WAITING_STATES : LISTED_STATES) };
}

/** Idempotency key of an action. */
export const actionId = z.string().min(1).max(100);

/** One action. */
export const ORDER = z.strictObject({
  actionId,
  action: enumOf(ITEM_ACTIONS),
  id: z.string().min(1).max(100),
  force: z.boolean().default(false),
});

/** Starts a stopped account. */
export const START_ACCOUNT = z.strictObject({
  actionId,
  channel: z.string().min(1).max(200),
  account: z.string().min(1).max(200),
});

const limit = z.coerce.number().int().min(1).max(200);
const pageQuery = { limit: limit.default(50), before: z.string().max(120).nullable().default(null) };
const name = z.string().max(200).nullable().default(null);
const timeQuery = z.iso
  .datetime({ offset: true })
  .transform((iso) => Date.parse(iso))
  .nullable()
  .default(null);

export const QUERIES = {
  waiting: z.strictObject({
    ...pageQuery,
    scope: enumOf(WAITING_SCOPES).optional(),
    kind: itemKind.nullable().default(null),
    state: z.array(enumOf(WAITING_STATES)).optional(),
    why: z.array(enumOf(WAIT_REASONS)).default([]),
    channel: name,
    account: name,
    conversation: name,
    since: timeQuery,
    until: timeQuery,
  }),
  conversations: z.strictObject({
    ...pageQuery,
    before: z.string().max(200).nullable().default(null),
    channel: name,
    account: name,
    kind: enumOf(CONVERSATION_KINDS).nullable().default(null),
    state: z.array(turnState).default([]),
    q: z.string().trim().min(1).max(200).nullable().default(null),
  }),
  page: z.strictObject({ ...pageQuery, limit: limit.default(20) }),
  timeline: z.strictObject({
    ...pageQuery,
    limit: limit.default(20),
    type: z.array(z.string().min(1).max(100)).max(50).default([]),
  }),
  search: z.strictObject({ q: z.string().trim().min(1).max(300) }),
} as const;

/** An event of this process, from a log line. */
export const FEED_ENTRY = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  level: z.enum(["info", "warn", "error", "fatal"]),
  message: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type FeedEntryWire = z.infer<typeof FEED_ENTRY>;

/** The first event of the feed, `hello`: whose it is, and how many processes live, and again when these are more or fewer; `nodes` is `null` while that isn't known. */
export const FEED_HELLO = z.object({ owner: z.string(), nodes: z.int().nullable() });
export type FeedHello = z.infer<typeof FEED_HELLO>;
