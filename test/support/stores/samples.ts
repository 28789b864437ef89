/** What comes in and what goes out, as the channels and agents of a test would make it. Times are relative to `T`. */
import type { BatchPolicy } from "../../../src/core/batch.ts";
import type { ConversationKind, PeerIds } from "../../../src/core/conversation.ts";
import type { AttemptReport, RecordedCall, Route, SendOutcome, SendOutcomeKind } from "../../../src/core/delivery.ts";
import type { EventEffect, InboundEvent, Revision, SetPart } from "../../../src/core/event.ts";
import type { GrantedReplyToken } from "../../../src/core/reply-token.ts";
import type { RetryPolicy } from "../../../src/core/retry.ts";
import { chooseRoute, type RouteDecision } from "../../../src/core/route.ts";
import type { RouteReason } from "../../../src/core/route-reason.ts";
import type { DeliveryView, StartAttempt } from "../../../src/store/attempt.ts";
import type { IngestPolicy, OutgoingMessage } from "../../../src/store/store.ts";

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** When the manual clock starts. */
export const T = Date.parse("2026-11-22T03:00:00Z");

export const BATCH: BatchPolicy = { quietMs: 1_500, maxWaitMs: 8_000, maxEvents: 50 };
export const TURN_RETRY: RetryPolicy = { baseMs: 1_000, capMs: 60_000, maxAttempts: 3, maxAgeMs: 10 * MINUTE };
export const SEND_RETRY: RetryPolicy = { baseMs: 500, capMs: 60_000, maxAttempts: 3, maxAgeMs: 10 * MINUTE };
/** By the database's clock alone, which is the one that these tests move. */
export const RETENTION = { metadataMs: 30 * DAY, dedupKeysMs: 60 * DAY, wall: Number.POSITIVE_INFINITY, limit: 100 };
export const LEASE_MS = 60 * SECOND;
export const CALL_LEASE_MS = 30 * SECOND;
export const UNKNOWN_WAIT_MS = 30 * SECOND;
export const TOKEN_TTL_MS = 50 * SECOND;
export const TOKEN_MARGIN_MS = 5 * SECOND;
export const TOKEN_FALLBACK_LEAD_MS = 10 * SECOND;
export const OWNER = "process-1";

export function policy(change: Partial<IngestPolicy> = {}): IngestPolicy {
  return { batch: BATCH, tokenFallbackLeadMs: TOKEN_FALLBACK_LEAD_MS, onInconsistent: () => undefined, ...change };
}

export interface Saying {
  readonly peerId?: string;
  /** Default `user`. */
  readonly kind?: ConversationKind;
  readonly account?: string;
  readonly channel?: string;
  readonly keys?: readonly [string, ...string[]];
  readonly text?: string;
  readonly sentAt?: number;
  readonly effect?: EventEffect;
  /** A name, or the whole offer. */
  readonly token?: string | GrantedReplyToken;
  readonly revises?: InboundEvent["revises"];
  readonly part?: SetPart;
  readonly redelivered?: boolean;
  readonly peerIds?: PeerIds;
}

/** A person's message: `evt-m1` and `message:m1` are its keys when its id is `m1`. */
export function message(id: string, saying: Saying = {}): InboundEvent {
  const { peerId = "U1", account = "default", channel = "line", token } = saying;
  return {
    conversation: { channel, account, kind: saying.kind ?? "user", peerId },
    ...(saying.peerIds === undefined ? {} : { peerIds: saying.peerIds }),
    platformEventId: `evt-${id}`,
    dedupKeys: saying.keys ?? [`evt-${id}`, `message:${id}`],
    type: "message",
    effect: saying.effect ?? "collect",
    sentAt: saying.sentAt ?? T,
    redelivered: saying.redelivered ?? false,
    sender: { id: peerId, name: null },
    content: { message: { id, type: "text", text: saying.text ?? `text of ${id}` } },
    token: typeof token === "string" ? offer(token) : (token ?? null),
    revises: saying.revises ?? null,
    ...(saying.part === undefined ? {} : { part: saying.part }),
    raw: { id, emoji: "🛣️", nested: [1, null, "x"] },
  };
}

/** What an event that takes message `id` back does. */
export function retraction(id: string): Revision {
  return { kind: "retract", of: `message:${id}` };
}

/** What an event that edits message `id` does. */
export function edition(id: string, version: number): Revision {
  return { kind: "edit", of: `message:${id}`, version };
}

export function offer(token: string, change: Partial<GrantedReplyToken> = {}): GrantedReplyToken {
  return { token, ttlMs: TOKEN_TTL_MS, notAfter: null, grantedAt: null, ...change };
}

export function texts(...said: readonly string[]): readonly unknown[] {
  return said.map((text) => ({ type: "text", text }));
}

/** The same, as they are queued. */
export function outgoing(...said: readonly string[]): readonly OutgoingMessage[] {
  return texts(...said).map((message) => ({ message, problem: null }));
}

/** What a test of a store changes about how the send stage asks. */
export interface AttemptChange extends Partial<StartAttempt> {
  readonly chooseRoute?: (view: DeliveryView) => RouteDecision;
  readonly buildCall?: typeof buildCall;
  readonly awaitDeliveredMs?: number;
  readonly hasWindowTemplate?: boolean;
}

/** As the send stage asks, for a platform with reply tokens, a paid push and retry keys that live a day. */
export function attemptOf(deliveryId: string, change: AttemptChange = {}): StartAttempt {
  const {
    chooseRoute: choose = ({ routeInput }: DeliveryView) =>
      chooseRoute({ ...routeInput, tokenMarginMs: TOKEN_MARGIN_MS, paid: "push", retryKeyLifeMs: DAY }),
    buildCall: build = buildCall,
    awaitDeliveredMs = 0,
    hasWindowTemplate = false,
    ...rest
  } = change;
  return {
    deliveryId,
    owner: OWNER,
    leaseMs: CALL_LEASE_MS,
    unknownWaitMs: UNKNOWN_WAIT_MS,
    decide: (view) => {
      const decision = choose(view);
      const chosen = chosenBy(decision);
      const call = chosen === null ? null : { ...build(view, chosen), awaitDeliveredMs, hasWindowTemplate };
      return { decision, routeReason: reasonOf(decision), call };
    },
    ...rest,
  };
}

function reasonOf({ kind }: RouteDecision): RouteReason | null {
  if (kind === "repeat") return kind;
  if (kind === "reply") return "own-token";
  return kind === "paid" ? "no-token" : null;
}

function chosenBy(decision: RouteDecision): { route: Route; token: string | null } | null {
  if (decision.kind === "reply") return { route: "reply", token: decision.token };
  return decision.kind === "paid" ? { route: decision.route, token: null } : null;
}

export function buildCall(view: DeliveryView, chosen: { route: Route; token: string | null }): RecordedCall {
  return {
    path: `/${chosen.route}`,
    body: JSON.stringify({ to: view.address, token: chosen.token, messages: view.messages }),
    retryKey: chosen.route === "push" ? `key of ${view.deliveryId}` : null,
  };
}

const OUTCOMES = {
  sent: { kind: "sent", evidence: "2xx", platformMessageIds: ["p1", "p2"] },
  retry: { kind: "retry", reason: "connection refused", retryAfterMs: 0 },
  "media-failed": { kind: "media-failed", reason: "131053" },
  "rate-limited": { kind: "rate-limited", reason: "429", retryAfterMs: 20 * SECOND },
  "token-invalid": { kind: "token-invalid", reason: "400 Invalid reply token" },
  unknown: { kind: "unknown", reason: "reset after the request left" },
  "quota-exhausted": { kind: "quota-exhausted", reason: "429 monthly limit" },
  "window-closed": { kind: "window-closed", reason: "10/2018278" },
  "account-stopped": { kind: "account-stopped", reason: "401" },
  refused: { kind: "refused", reason: "400 bad message" },
} as const satisfies { [K in SendOutcomeKind]: SendOutcome & { kind: K } };

export function outcome(kind: SendOutcomeKind): SendOutcome {
  return OUTCOMES[kind];
}

export function report(given: SendOutcomeKind | SendOutcome, change: Partial<AttemptReport> = {}): AttemptReport {
  return {
    outcome: typeof given === "string" ? outcome(given) : given,
    status: null,
    response: null,
    requestId: null,
    acceptedRequestId: null,
    ...change,
  };
}
