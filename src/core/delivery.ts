import { assert } from "./errors.ts";
import { isAcceptance, type ReceiptStatus } from "./receipt.ts";
import { backoffMs, isExhausted, type RetryPolicy } from "./retry.ts";

/*
 * A delivery: one platform API call on its way.
 *
 *              claimed, attempt recorded           2xx, or proof
 *   pending ─────────────────────────────▶ sending ─────────────▶ sent
 *     ▲ ▲                                   │ │ │ │                 ▲
 *     │ └── certainly not accepted: retry ──┘ │ │ └─ refused ─▶ dead (replayed: pending)
 *     │                                       │ └─ no route is open ─▶ parked ── the person writes again ─▶ sending
 *     │                                       └─ may have been accepted ─▶ unknown ── the same again ────▶ sending
 *     └──────────────────────── an operator resends ─────────────────────────┘
 *
 * A transaction may take two arrows at once: a delivery whose call can be made now begins as `sending`.
 * A message that the platform is known to refuse begins as `dead`, without a call.
 * `pending` moves to `parked` without a call when it is known beforehand that no route is open.
 * `unknown` moves to `sent` also by a receipt or by an operator, and to any state by the late outcome of its last call. A
 * receipt may show that a call believed to be refused was accepted (`pending → sent`), that an accepted message failed
 * (`sent → …`), or that one that failed on a device arrived on another (`dead → sent`): the receipt counts. A parked delivery may be bundled in front of a later one (its carrier) and then
 * shares the carrier's outcome.
 */
export const DELIVERY_TRANSITIONS = {
  pending: ["sending", "sent", "parked", "dead"],
  sending: ["sent", "pending", "unknown", "parked", "dead"],
  unknown: ["sending", "sent", "pending", "parked", "dead"],
  parked: ["sending", "sent", "unknown", "pending", "dead"],
  dead: ["pending", "sent"],
  sent: ["pending", "unknown", "parked", "dead"],
} as const satisfies Record<string, readonly string[]>;

export type DeliveryState = keyof typeof DELIVERY_TRANSITIONS;

export const DELIVERY_STATES = Object.keys(DELIVERY_TRANSITIONS) as readonly DeliveryState[];

export function canMove(from: DeliveryState, to: DeliveryState): boolean {
  const targets: readonly DeliveryState[] = DELIVERY_TRANSITIONS[from];
  return targets.includes(to);
}

export const ROUTES = ["reply", "push", "session", "template"] as const;
export type Route = (typeof ROUTES)[number];

/** The outcome of one attempt, as the channel's classifier read it. */
export type SendOutcome =
  /** Accepted by the platform. */
  | { readonly kind: "sent"; readonly evidence: string; readonly platformMessageIds: readonly string[] }
  /** Certainly not accepted; the same route again later. */
  | ({ readonly kind: "retry"; readonly reason: string; readonly retryAfterMs: number } & AboutTemplate)
  /** Certainly not delivered: the platform could not fetch its picture or file, or take it. Once more, and no oftener. */
  | { readonly kind: "media-failed"; readonly reason: string }
  /** Certainly not accepted; the account is over the platform's rate limit. */
  | { readonly kind: "rate-limited"; readonly reason: string; readonly retryAfterMs: number }
  /** Certainly not accepted now: the reply token is used or expired. */
  | { readonly kind: "token-invalid"; readonly reason: string }
  /** It may or may not have been accepted. */
  | { readonly kind: "unknown"; readonly reason: string }
  /** Certainly not accepted: the month's quota of paid messages is gone. */
  | { readonly kind: "quota-exhausted"; readonly reason: string }
  /** Certainly not accepted: nothing may be sent to this person until they write, or until another app hands the chat back. */
  | {
      readonly kind: "window-closed";
      readonly reason: string;
      /** The messaging window has ended, which keeps no template back. Default false: nothing at all may be sent. */
      readonly isWindow?: boolean;
    }
  /** Certainly not accepted: the platform refuses the account's credentials or permissions, and it is stopped. */
  | {
      readonly kind: "account-stopped";
      readonly reason: string;
      /** The platform says the same of one person: the channel asks it about the account before it says so. Default false. */
      readonly isSuspicion?: boolean;
    }
  /** Certainly not accepted, and never will be. */
  | ({
      readonly kind: "refused";
      readonly reason: string;
      /** Which messages of the call are refused, by index: the others may go out without them. Default: all. */
      readonly messages?: readonly number[];
    } & AboutTemplate);

interface AboutTemplate {
  /** It is the template that may not be sent, not the text in it: to everybody, or to this person. Default: neither. */
  readonly templateRefused?: "to-everybody" | "to-this-person";
}

export type SendOutcomeKind = SendOutcome["kind"];

export const SEND_OUTCOME_KINDS = [
  "sent",
  "retry",
  "media-failed",
  "rate-limited",
  "token-invalid",
  "unknown",
  "quota-exhausted",
  "window-closed",
  "account-stopped",
  "refused",
] as const satisfies readonly SendOutcomeKind[];

/** One platform call, to the byte. */
export interface RecordedCall {
  /** Path and query on the platform's API host. */
  readonly path: string;
  readonly body: string;
  readonly retryKey: string | null;
}

/** The platform's answer, as it is recorded. */
export interface AttemptReport {
  readonly outcome: SendOutcome;
  readonly status: number | null;
  /** The answer's body, cut to a few hundred characters. */
  readonly response: string | null;
  readonly requestId: string | null;
  readonly acceptedRequestId: string | null;
}

/** Why a message is dead that was never sent. `problem`: what the platform is known to refuse in it. */
export function refusalReason(problem: string): string {
  return `not sent, the platform would refuse it: ${problem}`;
}

/** What is known of the delivery when an attempt's outcome comes in. */
export interface SettleInput {
  readonly outcome: SendOutcome;
  readonly route: Route;
  /** Attempts made, this one included. */
  readonly attempts: number;
  readonly firstAttemptAt: number;
  readonly now: number;
  /** An earlier attempt with the same reply token, or the same retry key, may have been accepted. */
  readonly earlierMayBeAccepted: boolean;
  /** Only some of the call's messages are refused, and those are taken out of the delivery. Default false. */
  readonly othersRemain?: boolean;
  /** Attempts before this one that ended as `media-failed`. Default 0. */
  readonly earlierMediaFailures?: number;
  /** Outside the window the message may travel in the account's own template; by the route `template` it did. Default false. */
  readonly hasWindowTemplate?: boolean;
  /** The person has opened the window since the call was made. Default false. */
  readonly isWindowOpenAgain?: boolean;
  /** The strongest receipt of this delivery. Default: none has come. */
  readonly receipt?: ReceiptStatus | null;
  /** Until when the platform guarantees the token (decision 42); `null` off the reply route. */
  readonly tokenGuaranteedUntil: number | null;
  readonly retry: RetryPolicy;
  /** 0 ≤ random < 1, for the jitter. */
  readonly random: number;
}

export interface Settlement {
  readonly state: Exclude<DeliveryState, "sending">;
  /** When to try it next (epoch ms); `null` when something else must happen first. */
  readonly dueAt: number | null;
  readonly reason: string | null;
  /** What shows that it was sent. */
  readonly evidence: string | null;
  readonly platformMessageIds: readonly string[];
  /** The attempt's token can't be used for any other attempt. */
  readonly tokenSpent: boolean;
  /** The platform may have spent the attempt's token though it sent nothing: that it is invalid then proves nothing. */
  readonly tokenDoubtful: boolean;
  /** The account's deliveries wait until then (epoch ms). */
  readonly slowAccountUntil: number | null;
  /** The platform named that wait itself: no accepted call ends it earlier. */
  readonly isNamedWait: boolean;
  /** Why the account is stopped: its deliveries wait until it is started again (`core/account.ts`). */
  readonly stopAccount: string | null;
  /** While it waits for its next attempt it goes behind other answers: they must not wait for it. */
  readonly stepsAside: boolean;
  /** The platform says that the person's window has ended. */
  readonly closesWindow: boolean;
  /** Why the account's own template can't be sent at all. */
  readonly templateRefused: string | null;
}

/** How often an `unknown` is tried again on the same token or key: soon, because a reply token lives a minute. */
const UNKNOWN_RETRY: RetryPolicy = { baseMs: 500, capMs: 5 * 60_000, maxAttempts: 0, maxAgeMs: 0 };

/** A wait that is longer, in ms, steps aside. Longer than any back-off of ours: a platform may ask for a day. */
const STEP_ASIDE_MS = 120_000;

/** A medium's server may hiccup for seconds. What is wrong with the medium itself is so at every try. */
const MEDIA_TRIES = 2;
const MEDIA_RETRY_MS = 5_000;

/** The one place where an outcome becomes the delivery's next state. */
export function settle(input: SettleInput): Settlement {
  const settlement = settleOutcome(input);
  const { dueAt, stepsAside, state } = settlement;
  const isLong = state === "pending" && dueAt !== null && dueAt - input.now > STEP_ASIDE_MS;
  return { ...settlement, stepsAside: stepsAside || isLong };
}

function rateLimited(input: SettleInput, reason: string, retryAfterMs: number): Settlement {
  const waitMs = backoffMs(input.attempts, input.retry, input.random, retryAfterMs);
  return {
    ...retryLater(input, reason, retryAfterMs),
    slowAccountUntil: input.now + waitMs,
    isNamedWait: waitMs === retryAfterMs,
  };
}

function settleOutcome(input: SettleInput): Settlement {
  const { outcome, now, receipt = null } = input;
  // A receipt outweighs the call's own outcome: the platform has the message.
  if (outcome.kind !== "sent" && isAcceptance(receipt)) {
    return { ...settlementIn("sent"), reason: outcome.reason, evidence: `receipt: ${receipt}`, tokenSpent: true };
  }
  const ownTemplate = ownTemplateRefused(input);
  if (ownTemplate !== null) return ownTemplate;
  switch (outcome.kind) {
    case "sent":
      return {
        ...settlementIn("sent"),
        evidence: outcome.evidence,
        platformMessageIds: outcome.platformMessageIds,
        tokenSpent: true,
      };
    case "retry":
      return retryLater(input, outcome.reason, outcome.retryAfterMs);
    case "rate-limited":
      return rateLimited(input, outcome.reason, outcome.retryAfterMs);
    case "token-invalid":
      return tokenInvalid(input, outcome.reason);
    case "unknown":
      return { ...settlementIn("unknown"), reason: outcome.reason, dueAt: now + unknownWait(input) };
    case "media-failed":
      return mediaFailed(input, outcome.reason);
    case "quota-exhausted":
      return parkOr(input, outcome.reason);
    case "window-closed":
      return windowClosed(input, outcome);
    case "account-stopped":
      // It waits for the account, not for a time, and never dies of that wait.
      return {
        ...settlementIn(input.earlierMayBeAccepted ? "unknown" : "pending"),
        reason: outcome.reason,
        dueAt: now,
        stopAccount: outcome.reason,
      };
    case "refused":
      return refused(input, outcome);
    default:
      return outcome satisfies never;
  }
}

/** An earlier, ambiguous attempt may have been accepted: then it must not be parked, which would allow another route. */
function parkOr(input: SettleInput, reason: string): Settlement {
  return input.earlierMayBeAccepted
    ? { ...settlementIn("unknown"), reason, dueAt: input.now + unknownWait(input) }
    : { ...settlementIn("parked"), reason };
}

/** By the account's template it may go out at once, and in the window again if the person has opened it since. */
function windowClosed(input: SettleInput, { reason, isWindow = false }: OutcomeOf<"window-closed">): Settlement {
  const { earlierMayBeAccepted, route, hasWindowTemplate = false, isWindowOpenAgain = false, now } = input;
  const byTemplate = isWindow && hasWindowTemplate && route !== "template";
  const settlement =
    !earlierMayBeAccepted && (byTemplate || isWindowOpenAgain)
      ? { ...settlementIn("pending"), reason, dueAt: now }
      : parkOr(input, reason);
  return { ...settlement, closesWindow: isWindow };
}

function mediaFailed(input: SettleInput, reason: string): Settlement {
  const { earlierMayBeAccepted, earlierMediaFailures = 0, attempts, retry, random, now } = input;
  const dueAt = now + backoffMs(attempts, retry, random, MEDIA_RETRY_MS);
  if (earlierMayBeAccepted) return { ...settlementIn("unknown"), reason, dueAt };
  if (earlierMediaFailures + 1 >= MEDIA_TRIES) return { ...settlementIn("dead"), reason };
  return { ...settlementIn("pending"), reason, dueAt, stepsAside: true };
}

type OutcomeOf<K extends SendOutcomeKind> = Extract<SendOutcome, { readonly kind: K }>;

/**
 * The account's own template is refused: the message's author chose none, and it is as good as before, so it waits for the
 * window. `null`: it is something else.
 */
function ownTemplateRefused({
  outcome,
  route,
  hasWindowTemplate,
  earlierMayBeAccepted,
}: SettleInput): Settlement | null {
  if (outcome.kind !== "retry" && outcome.kind !== "refused") return null;
  const { reason, templateRefused } = outcome;
  if (templateRefused === undefined || route !== "template" || hasWindowTemplate !== true) return null;
  if (earlierMayBeAccepted) return null;
  const told = templateRefused === "to-everybody" ? reason : null;
  return { ...settlementIn("parked"), reason, templateRefused: told };
}

function refused(input: SettleInput, { reason, messages = [] }: OutcomeOf<"refused">): Settlement {
  const { earlierMayBeAccepted, othersRemain = false, now } = input;
  if (earlierMayBeAccepted)
    return { ...settlementIn("unknown"), reason: `refused after an unknown outcome: ${reason}` };
  // Nothing was sent. Whether the token is still good isn't documented: if not, the next attempt on it is told so.
  const token = messages.length > 0 ? { tokenDoubtful: true } : { tokenSpent: true };
  if (othersRemain) return { ...settlementIn("pending"), ...token, reason, dueAt: now };
  return { ...settlementIn("dead"), ...token, reason };
}

/** Certainly not accepted by this attempt. If an earlier one may have been, the delivery stays unknown. */
function retryLater(input: SettleInput, reason: string, retryAfterMs: number): Settlement {
  const dueAt = input.now + backoffMs(input.attempts, input.retry, input.random, retryAfterMs);
  if (input.earlierMayBeAccepted) return { ...settlementIn("unknown"), reason, dueAt };
  if (isExhausted(input.attempts, input.now - input.firstAttemptAt, input.retry))
    return { ...settlementIn("dead"), reason };
  return { ...settlementIn("pending"), reason, dueAt };
}

/**
 * `400 Invalid reply token` means "used" or "expired". After an ambiguous attempt with the same token, and while the
 * token was alive, only our own first attempt can have used it: the person has the answer. On its first use it only says
 * that this route is closed. Otherwise the outcome stays unknown.
 */
function tokenInvalid(input: SettleInput, reason: string): Settlement {
  assert(input.route === "reply", "only a reply call can fail with an invalid token");
  if (!input.earlierMayBeAccepted) return { ...settlementIn("pending"), reason, dueAt: input.now, tokenSpent: true };
  // LINE checked the token some time before its answer arrived here.
  const wasAlive = input.tokenGuaranteedUntil !== null && input.now < input.tokenGuaranteedUntil;
  if (wasAlive) return { ...settlementIn("sent"), reason, evidence: "token-consumed", tokenSpent: true };
  return { ...settlementIn("unknown"), reason: `${reason}, but the token had already expired`, tokenSpent: true };
}

/** A repeat on a reply token is useful only while the token lives: the wait leaves time for it. */
function unknownWait(input: SettleInput): number {
  const wait = backoffMs(input.attempts, UNKNOWN_RETRY, input.random);
  if (input.tokenGuaranteedUntil === null) return wait;
  const lifeLeftMs = input.tokenGuaranteedUntil - input.now;
  return Math.min(wait, Math.max(UNKNOWN_RETRY.baseMs, Math.floor(lifeLeftMs / 2)));
}

/** A settlement with nothing but its state. */
export function settlementIn<S extends Settlement["state"]>(state: S): Settlement & { readonly state: S } {
  return {
    state,
    dueAt: null,
    reason: null,
    evidence: null,
    platformMessageIds: [],
    tokenSpent: false,
    tokenDoubtful: false,
    slowAccountUntil: null,
    isNamedWait: false,
    stopAccount: null,
    stepsAside: false,
    closesWindow: false,
    templateRefused: null,
  };
}
