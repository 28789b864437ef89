/** Rows of the operator's queries, and their mapping. */
import type { AccountStatus } from "../../../core/account.ts";
import type { DeliveryState, Route, SendOutcomeKind } from "../../../core/delivery.ts";
import type { EventState } from "../../../core/event.ts";
import type { ReceiptStatus } from "../../../core/receipt.ts";
import type { RouteReason } from "../../../core/route-reason.ts";
import type { DeliveryKind } from "../../../core/slow-reply.ts";
import type { TurnState } from "../../../core/turn.ts";
import type { WaitReason } from "../../../core/waiting.ts";
import type { AccountState, DeliveryItem, TurnItem } from "../../operator.ts";
import type { TranscriptSlowReply } from "../../operator-details.ts";
import type {
  RecordedAction,
  TranscriptAttempt,
  TranscriptDelivery,
  TranscriptEntry,
  TranscriptEvent,
  TranscriptReceipt,
  TranscriptTurn,
} from "../../operator-transcript.ts";
import { type ConversationRow, EVENT_COLUMNS, type EventRow, toConversation, toTurnEvent } from "../../rows.ts";
import { REPLY_TOKEN_COLUMNS, type ReplyTokenRow, toReplyToken } from "./operator-detail-rows.ts";

export interface TurnItemRow extends ConversationRow {
  turn_id: string;
  state: TurnState;
  since: number;
  reason: string | null;
  attempt: number;
  failures: number;
  replied: number;
  discarded_at: number | null;
  due_at: number | null;
  why: WaitReason | null;
}

/** `since`: when the turn ended, was claimed, was sealed, or began: of each state what `Store.countWaiting` counts from. */
export const TURN_ITEM_COLUMNS = `t.turn_id, t.state,
         coalesce(t.ended_at, CASE WHEN t.state = 'leased' THEN t.claimed_at END, t.sealed_at, t.first_event_at) AS since,
         t.reason, t.attempt, t.failures, t.replied, t.discarded_at,
         CASE WHEN t.state = 'collecting' OR t.state = 'ready' THEN t.due_at END AS due_at`;

export function toTurnItem(row: TurnItemRow): TurnItem {
  return {
    kind: "turn",
    id: row.turn_id,
    conversation: toConversation(row),
    state: row.state,
    since: row.since,
    reason: row.reason,
    attempts: row.attempt,
    isDiscarded: row.discarded_at !== null,
    isPartlyAnswered: row.replied === 1,
    failures: row.failures,
    dueAt: row.due_at,
    why: row.why,
  };
}

export interface DeliveryItemRow extends ConversationRow {
  delivery_id: string;
  turn_id: string | null;
  state: DeliveryState;
  since: number;
  reason: string | null;
  attempts: number;
  route: Route | null;
  due_at: number | null;
  discarded_at: number | null;
  /** An attempt that still counts has an unknown outcome. */
  uncertain: number | boolean;
  failures: number;
  waits_for_account: number | boolean;
  bundled_into: string | null;
  why: WaitReason | null;
}

export function toDeliveryItem(row: DeliveryItemRow): DeliveryItem {
  return {
    kind: "delivery",
    id: row.delivery_id,
    conversation: toConversation(row),
    state: row.state,
    since: row.since,
    reason: row.reason,
    attempts: row.attempts,
    isDiscarded: row.discarded_at !== null,
    turnId: row.turn_id,
    route: row.route,
    mayHaveArrived: row.state === "unknown" || row.uncertain === true || row.uncertain === 1,
    dueAt: row.due_at,
    bundledInto: row.bundled_into,
    failures: row.failures,
    waitsForAccount: row.waits_for_account === true || row.waits_for_account === 1,
    why: row.why,
  };
}

export interface TranscriptEventRow extends EventRow, ReplyTokenRow {
  turn_id: string | null;
  state: EventState;
  content_deleted: number;
}

/** Of the event `e`, up to the conditions. `hint`: an index of `event`. */
export const selectTranscriptEvents = (hint = "") => `
  SELECT ${EVENT_COLUMNS}, e.turn_id, e.state, e.content_deleted, ${REPLY_TOKEN_COLUMNS}
  FROM event AS e ${hint} LEFT JOIN reply_token AS k ON k.event_id = e.event_id`;

export function toTranscriptEvent(row: TranscriptEventRow): TranscriptEvent {
  const { receivedAt: at, ...event } = toTurnEvent(row);
  const replyToken = toReplyToken(row);
  const contentDeleted = row.content_deleted === 1;
  return { kind: "event", at, ...event, state: row.state, turnId: row.turn_id, contentDeleted, replyToken };
}

export interface TranscriptTurnRow {
  seq: number;
  turn_id: string;
  state: TurnState;
  first_event_at: number;
  attempt: number;
  failures: number;
  reason: string | null;
  sealed_at: number | null;
  claimed_at: number | null;
  ended_at: number | null;
  discarded_at: number | null;
  quiet_ms: number;
  max_wait_ms: number;
  max_events: number;
  due_at: number;
  first_claimed_at: number | null;
  fence: number;
  owner: string | null;
  lease_expires_at: number | null;
  content_deleted: number;
}

export const TRANSCRIPT_TURN_COLUMNS = `t.seq, t.turn_id, t.state, t.first_event_at, t.attempt, t.failures, t.reason,
         t.sealed_at, t.claimed_at, t.ended_at, t.discarded_at, t.quiet_ms, t.max_wait_ms, t.max_events, t.due_at,
         t.first_claimed_at, t.fence, t.owner, t.lease_expires_at, t.content_deleted`;

export function toTranscriptTurn(row: TranscriptTurnRow, slowReply: TranscriptSlowReply | null): TranscriptTurn {
  return {
    kind: "turn",
    at: row.first_event_at,
    turnId: row.turn_id,
    state: row.state,
    attempt: row.attempt,
    failures: row.failures,
    reason: row.reason,
    sealedAt: row.sealed_at,
    claimedAt: row.claimed_at,
    endedAt: row.ended_at,
    discardedAt: row.discarded_at,
    quietMs: row.quiet_ms,
    maxWaitMs: row.max_wait_ms,
    maxEvents: row.max_events,
    dueAt: row.state === "collecting" || row.state === "ready" ? row.due_at : null,
    firstClaimedAt: row.first_claimed_at,
    fence: row.fence,
    owner: row.owner,
    leaseExpiresAt: row.lease_expires_at,
    contentDeleted: row.content_deleted === 1,
    slowReply,
  };
}

export interface TranscriptDeliveryRow {
  delivery_id: string;
  turn_id: string | null;
  kind: DeliveryKind;
  state: DeliveryState;
  route: Route | null;
  messages: string;
  attempts: number;
  reason: string | null;
  evidence: string | null;
  resent_because: string | null;
  platform_message_ids: string | null;
  bundled_into: string | null;
  created_at: number;
  state_since: number;
  discarded_at: number | null;
  due_at: number | null;
  deliver_by: number | null;
  parked_since: number | null;
  unknown_since: number | null;
  content_deleted: number;
  route_reason: RouteReason | null;
}

export const TRANSCRIPT_DELIVERY_COLUMNS = `d.delivery_id, d.turn_id, d.kind, d.state, d.route, d.messages, d.attempts,
         d.reason, d.evidence, d.resent_because, d.platform_message_ids, d.bundled_into, d.created_at, d.state_since,
         d.discarded_at, d.due_at, d.deliver_by, d.parked_since, d.unknown_since, d.content_deleted,
         (SELECT newest.route_reason FROM attempt AS newest WHERE newest.delivery_id = d.delivery_id
          ORDER BY newest.attempt DESC LIMIT 1) AS route_reason`;

export function toTranscriptDelivery(row: TranscriptDeliveryRow): TranscriptDelivery {
  return {
    kind: "delivery",
    at: row.created_at,
    deliveryId: row.delivery_id,
    turnId: row.turn_id,
    words: row.kind,
    state: row.state,
    route: row.route,
    messages: JSON.parse(row.messages) as unknown[],
    attempts: row.attempts,
    reason: row.reason,
    evidence: row.evidence,
    resentBecause: row.resent_because,
    platformMessageIds: row.platform_message_ids === null ? [] : (JSON.parse(row.platform_message_ids) as string[]),
    bundledInto: row.bundled_into,
    stateSince: row.state_since,
    discardedAt: row.discarded_at,
    dueAt: row.due_at,
    deliverBy: row.deliver_by,
    parkedSince: row.parked_since,
    unknownSince: row.unknown_since,
    routeReason: row.route_reason,
    contentDeleted: row.content_deleted === 1,
  };
}

export interface TranscriptAttemptRow {
  delivery_id: string;
  attempt: number;
  route: Route;
  route_reason: RouteReason | null;
  started_at: number;
  ended_at: number | null;
  outcome: SendOutcomeKind | null;
  reason: string | null;
  status: number | null;
  response: string | null;
  request_id: string | null;
  accepted_request_id: string | null;
}

/** Without token, path and body: a usable reply token is never shown. */
export const TRANSCRIPT_ATTEMPT_COLUMNS =
  "a.delivery_id, a.attempt, a.route, a.route_reason, a.started_at, a.ended_at, a.outcome, a.reason, a.status, a.response, a.request_id, a.accepted_request_id";

export function toTranscriptAttempt(row: TranscriptAttemptRow): TranscriptAttempt {
  return {
    kind: "attempt",
    at: row.started_at,
    deliveryId: row.delivery_id,
    attempt: row.attempt,
    route: row.route,
    routeReason: row.route_reason,
    endedAt: row.ended_at,
    outcome: row.outcome,
    reason: row.reason,
    status: row.status,
    response: row.response,
    requestId: row.request_id,
    acceptedRequestId: row.accepted_request_id,
  };
}

export interface TranscriptReceiptRow {
  delivery_id: string;
  platform_message_id: string;
  status: ReceiptStatus;
  at: number;
  received_at: number;
  detail: string | null;
}

export const TRANSCRIPT_RECEIPT_COLUMNS =
  "r.delivery_id, r.platform_message_id, r.status, r.at, r.received_at, r.detail";

export function toTranscriptReceipt(row: TranscriptReceiptRow): TranscriptReceipt {
  return {
    kind: "receipt",
    at: row.received_at,
    deliveryId: row.delivery_id,
    platformMessageId: row.platform_message_id,
    status: row.status,
    saidAt: row.at,
    detail: row.detail,
  };
}

export interface ActionRow {
  item_id: string;
  action_id: string;
  item: RecordedAction["item"];
  conversation_id: string | null;
  actor: string;
  action: RecordedAction["action"];
  from_state: RecordedAction["from"];
  to_state: RecordedAction["to"];
  at: number;
}

export const ACTION_COLUMNS =
  "o.item_id, o.action_id, o.item, o.conversation_id, o.actor, o.action, o.from_state, o.to_state, o.at";

export function toAction(row: ActionRow): RecordedAction {
  return {
    at: row.at,
    actionId: row.action_id,
    actor: row.actor,
    action: row.action,
    item: row.item,
    id: row.item_id,
    conversationId: row.conversation_id,
    from: row.from_state,
    to: row.to_state,
  };
}

export interface AccountRow {
  channel: string;
  account: string;
  status: AccountStatus;
  stopped_reason: string | null;
  stopped_at: number | null;
  check_at: number | null;
  checks: number;
  check_reason: string | null;
  waiting: number;
  slow_until: number | null;
  template_refused_reason: string | null;
  template_refused_at: number | null;
  quota_exhausted_at: number | null;
  receipt_run: number;
  receipt_last_at: number | null;
  receipt_watched_at: number | null;
}

export function toAccount(row: AccountRow, now: number): AccountState {
  const { channel, account, status, slow_until: until, check_at: nextAt } = row;
  const { receipt_run: run, receipt_last_at: lastAt, receipt_watched_at: watchedSince } = row;
  const isWatched = run > 0 || lastAt !== null || watchedSince !== null;
  return {
    channel,
    account,
    status,
    stopped: since(row.stopped_reason, row.stopped_at),
    check: nextAt === null ? null : { nextAt, made: row.checks, said: row.check_reason },
    waiting: row.waiting,
    slowUntil: until !== null && until > now ? until : null,
    isOutOfQuota: row.quota_exhausted_at !== null,
    receipts: isWatched ? { run, lastAt, watchedSince, now } : null,
    templateRefused: since(row.template_refused_reason, row.template_refused_at),
  };
}

const since = (reason: string | null, at: number | null) => (at === null ? null : { reason: reason ?? "", at });

const RANK: Readonly<Record<TranscriptEntry["kind"], number>> = {
  turn: 0,
  event: 1,
  delivery: 2,
  attempt: 3,
  receipt: 4,
  action: 5,
};

/** By time; within one ms by kind, causes first. */
export function sortEntries(entries: readonly TranscriptEntry[]): TranscriptEntry[] {
  return entries.toSorted((a, b) => a.at - b.at || RANK[a.kind] - RANK[b.kind]);
}

/** Position of a page (keyset pagination by time and id). */
export interface PagePosition {
  readonly at: number;
  readonly id: string;
}

const FIRST: PagePosition = { at: Number.MAX_SAFE_INTEGER, id: "" };

/** Parses a cursor; an invalid one begins at the first page. */
export function parseCursor(before: string | null): PagePosition {
  const [, at, id] = /^(\d{1,15})\.(\w{0,80})$/.exec(before ?? "") ?? [];
  return at === undefined || id === undefined ? FIRST : { at: Number(at), id };
}

export function formatCursor({ at, id }: PagePosition): string {
  return `${at}.${id}`;
}
