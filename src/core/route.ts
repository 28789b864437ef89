import type { Route } from "./delivery.ts";
import type { RouteReason } from "./route-reason.ts";

/** A reply token of the delivery's conversation that is unclaimed, or claimed by this delivery. */
export interface TokenChoice {
  readonly token: string;
  readonly expiresAt: number;
  /** It came with an event of the turn that this delivery answers. */
  readonly ownTurn: boolean;
  /** Its turn needs no more answer, so another delivery may use it. */
  readonly turnAnswered: boolean;
}

/** An earlier attempt of the same delivery. */
export interface EarlierAttempt {
  readonly attempt: number;
  readonly route: Route;
  readonly token: string | null;
  readonly startedAt: number;
  /** `unknown`: it may have been accepted. `not-accepted`: it certainly wasn't. */
  readonly outcome: "unknown" | "not-accepted";
}

export interface RouteInput {
  readonly now: number;
  readonly earlier: readonly EarlierAttempt[];
  /** When the token that an earlier attempt used expires, if there was one (epoch ms). */
  readonly boundTokenExpiresAt: number | null;
  readonly tokens: readonly TokenChoice[];
  /** A token this close to its expiry (ms) is no longer used. */
  readonly tokenMarginMs: number;
  /** The route when no token is alive; `null` when the platform has none. */
  readonly paid: Exclude<Route, "reply"> | null;
  /** How long the platform remembers a retry key (ms); `null` when it knows none. */
  readonly retryKeyLifeMs: number | null;
  /** It waits for a free route: the quota of paid messages was exhausted when it was tried on the paid one. */
  readonly freeOnly: boolean;
  /** Why the paid route is closed for this delivery, if it is: to keep the quota's reserve, or by a setting. */
  readonly paidClosed?: string | null;
  /** The person has a button for it: no paid route before `pushAt` (epoch ms; `null`: never). */
  readonly buttonFirst?: { readonly pushAt: number | null } | null;
  /**
   * End of the messaging window (epoch ms), for the `session` route; `null` when the person has never written. Default:
   * `null`.
   */
  readonly windowEndsAt?: number | null;
  /** The message may be sent outside the window: a template, or a tag. Default false. */
  readonly needsNoWindow?: boolean;
  /** Outside the window it may be sent as the template that the account has for this. Default false. */
  readonly templateInstead?: boolean;
  /** What to do with an unknown outcome that no repeat can settle. Default: hold at once. */
  readonly unknown?: UnknownInput;
}

/** For platforms without a retry key: only a receipt tells whether an ambiguous call was accepted. */
export interface UnknownInput {
  /** `hold`: an operator decides. `resend`: it is sent once more, and the person may read it twice. */
  readonly policy: "hold" | "resend";
  /** How long (ms) a receipt may take. */
  readonly waitMs: number;
  /** Since when this process takes in receipts (epoch ms): a missing receipt from before is no evidence. */
  readonly receiptsTrackedSince: number;
  /** The last accepted calls of this account each got their receipt in time. Then a missing receipt is evidence. */
  readonly receiptsFlow: boolean;
}

export type RouteDecision =
  /** The same bytes, token and key as that attempt: the platform recognises it as a repeat. */
  | { readonly kind: "repeat"; readonly attempt: number }
  | { readonly kind: "reply"; readonly token: string }
  /** `evidence`: why a message that may have been accepted is sent once more. */
  | { readonly kind: "paid"; readonly route: Exclude<Route, "reply">; readonly evidence?: string }
  /** Not yet: a receipt may still settle it. */
  | { readonly kind: "wait"; readonly until: number; readonly reason: string }
  /** A further attempt could be a second copy. Only a receipt or an operator can settle it. */
  | { readonly kind: "hold"; readonly reason: string }
  /** No route is open; it waits for the person's next message or tap, or until `againAt` (epoch ms) if that is given. */
  | { readonly kind: "park"; readonly reason: string; readonly againAt?: number }
  /** The platform is known to refuse it: no call is made. */
  | { readonly kind: "refuse"; readonly reason: string };

/**
 * The route of a delivery: the cheapest one that can't make a second copy.
 *
 * Once an attempt may have been accepted, the delivery is bound to that attempt's token or key for good. Before that:
 * the turn's own tokens, soonest to expire first; else a token whose turn is answered; else the paid route.
 */
export function chooseRoute(input: RouteInput): RouteDecision {
  const bound = input.earlier.find((attempt) => attempt.outcome === "unknown");
  if (bound !== undefined) return repeatOrHold(input, bound);

  if (input.paid === "session") return sessionRoute(input);
  const token = bestToken(input);
  if (token !== null) return { kind: "reply", token: token.token };
  const waiting = untilButtonCallback(input);
  if (waiting !== null) return waiting;
  if (input.paid === null) return { kind: "park", reason: "no free route is open" };
  if (input.freeOnly) return { kind: "park", reason: "the quota of paid messages is gone and no free route is open" };
  if ((input.paidClosed ?? null) !== null) return { kind: "park", reason: `${input.paidClosed}` };
  return { kind: "paid", route: input.paid };
}

function untilButtonCallback({ buttonFirst = null, now }: RouteInput): RouteDecision | null {
  if (buttonFirst === null || (buttonFirst.pushAt !== null && buttonFirst.pushAt <= now)) return null;
  const decision = { kind: "park", reason: "it waits for a tap on its button" } as const;
  return buttonFirst.pushAt === null ? decision : { ...decision, againAt: buttonFirst.pushAt };
}

/** Why this route and no cheaper one: kept with the attempt. `null`: no call is made. */
export function explainRoute(input: RouteInput, decision: RouteDecision): RouteReason | null {
  switch (decision.kind) {
    case "repeat":
      return "repeat";
    case "reply": {
      const own = input.tokens.some(({ token, ownTurn }) => token === decision.token && ownTurn);
      return own ? "own-token" : "other-token";
    }
    case "paid":
      return whyPaid(input, decision);
    case "wait":
    case "hold":
    case "park":
    case "refuse":
      return null;
    default:
      return decision satisfies never;
  }
}

function whyPaid(input: RouteInput, { route, evidence }: RouteDecision & { readonly kind: "paid" }): RouteReason {
  if (evidence !== undefined) return "resent";
  if (route === "session") return "window-open";
  if (route === "template") return input.needsNoWindow === true ? "needs-no-window" : "window-closed";
  const whyNoToken = whyNotFree(input);
  return (input.buttonFirst ?? null) === null ? whyNoToken : `no-tap-${whyNoToken}`;
}

function whyNotFree({ tokens, now, tokenMarginMs }: RouteInput) {
  if (tokens.length === 0) return "no-token";
  return tokens.every((token) => token.expiresAt - now <= tokenMarginMs) ? "tokens-expiring" : "tokens-needed";
}

/** A call that reaches the platform after it forgot the key would be a second copy: the margin covers the call's time. */
const KEY_MARGIN_MS = 120_000;

function repeatOrHold(input: RouteInput, bound: EarlierAttempt): RouteDecision {
  if (bound.route === "reply") {
    const isAlive = input.boundTokenExpiresAt !== null && input.now < input.boundTokenExpiresAt;
    return isAlive
      ? { kind: "repeat", attempt: bound.attempt }
      : { kind: "hold", reason: "the reply token expired before the outcome was known" };
  }
  if (input.retryKeyLifeMs === null) return waitThenDecide(input);
  return input.now - bound.startedAt < input.retryKeyLifeMs - KEY_MARGIN_MS
    ? { kind: "repeat", attempt: bound.attempt }
    : { kind: "hold", reason: "the platform has forgotten the retry key" };
}

/** A call that reaches the platform after the window's end is refused: the margin covers the call's time. */
const WINDOW_MARGIN_MS = 5_000;

/** The window is known before sending: outside it nothing is tried, unless the message needs none. */
function sessionRoute(input: RouteInput): RouteDecision {
  const { now, windowEndsAt = null, needsNoWindow = false, templateInstead = false } = input;
  if (needsNoWindow) return { kind: "paid", route: "template" };
  if (windowEndsAt !== null && now < windowEndsAt - WINDOW_MARGIN_MS) return { kind: "paid", route: "session" };
  if (templateInstead) return { kind: "paid", route: "template" };
  if (windowEndsAt === null) return { kind: "park", reason: "the person has not written yet, so no window is open" };
  return { kind: "park", reason: "the window has closed" };
}

const NO_UNKNOWN: UnknownInput = { policy: "hold", waitMs: 0, receiptsTrackedSince: 0, receiptsFlow: false };

/**
 * The platform can't tell a repeat from a new message. First a receipt is waited for; then `hold` leaves it to an
 * operator, and `resend` sends it once more, never twice.
 */
function waitThenDecide(input: RouteInput): RouteDecision {
  const { policy, waitMs, receiptsTrackedSince, receiptsFlow } = input.unknown ?? NO_UNKNOWN;
  const uncertain = input.earlier.filter((attempt) => attempt.outcome === "unknown");
  const lastStartedAt = Math.max(...uncertain.map((attempt) => attempt.startedAt));
  const until = Math.max(receiptsTrackedSince, lastStartedAt) + waitMs;
  if (input.now < until) return { kind: "wait", until, reason: "a receipt may still settle it" };
  // A receipt that came while the gateway was down may never come again: a missing one is evidence only if the gateway
  // has been up since the call.
  const isEvidence = receiptsFlow && lastStartedAt >= receiptsTrackedSince;
  const silence = `no receipt within ${waitMs} ms, ${isEvidence ? "though" : "and it isn't known that"} this account's receipts flow`;
  if (uncertain.length > 1) return { kind: "hold", reason: `${silence}; it was already sent again once` };
  if (policy === "hold") return { kind: "hold", reason: `${silence}; the platform can't tell a repeat from a new one` };
  const decision = sessionRoute(input);
  if (decision.kind !== "paid")
    return { kind: "hold", reason: `${silence}; it can't be sent again: the window has closed` };
  return { ...decision, evidence: silence };
}

/** Reply tokens that the delivery may use now. */
export function openTokens({ tokens, now, tokenMarginMs }: Pick<RouteInput, "tokens" | "now" | "tokenMarginMs">) {
  const safe = tokens.filter((token) => token.expiresAt - now > tokenMarginMs);
  return safe.filter((token) => token.ownTurn || token.turnAnswered);
}

function bestToken(input: RouteInput): TokenChoice | null {
  const safe = input.tokens
    .filter((token) => token.expiresAt - input.now > input.tokenMarginMs)
    .sort((a, b) => a.expiresAt - b.expiresAt);
  const free = safe.find((token) => token.ownTurn) ?? safe.find((token) => token.turnAnswered);
  const isWaiting = input.freeOnly || (input.buttonFirst ?? null) !== null;
  if (free !== undefined || !isWaiting) return free ?? null;
  // Token fallback: its turn's answer, which would have bundled a waiting delivery, is late. Use the token for what is
  // ready before it expires unused.
  return safe.find((token) => token.expiresAt - input.now <= tokenFallbackLeadMs(input.tokenMarginMs)) ?? null;
}

/** Lead time (ms) before a token's expiry from which a parked delivery may use it, though its turn isn't answered. */
export function tokenFallbackLeadMs(tokenMarginMs: number): number {
  return 2 * tokenMarginMs;
}
