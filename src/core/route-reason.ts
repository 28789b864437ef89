/** Why an attempt took its route and no cheaper one: the code, which is kept with the attempt, and its words. */
export const ROUTE_REASONS = {
  "own-token": "free, by a token of its own turn",
  "other-token": "free, by another token of its conversation",
  repeat: "an earlier attempt may have been accepted: only a repeat on the same route can't make a second copy",
  "no-token": "no reply token of its conversation is alive and unused",
  "tokens-expiring": "the reply tokens of its conversation are about to expire",
  "tokens-needed": "the reply tokens of its conversation belong to turns without an answer yet",
  "no-tap-no-token": "the button wasn't tapped; no reply token of its conversation is alive and unused",
  "no-tap-tokens-expiring": "the button wasn't tapped; the reply tokens of its conversation are about to expire",
  "no-tap-tokens-needed":
    "the button wasn't tapped; the reply tokens of its conversation belong to turns without an answer yet",
  "window-open": "the person's window is open",
  "window-closed": "the window is closed",
  "needs-no-window": "it needs no open window",
  resent: "once more: an earlier attempt may have been accepted, and no receipt came in time",
} as const;

export type RouteReason = keyof typeof ROUTE_REASONS;

export const ROUTE_REASON_CODES = Object.keys(ROUTE_REASONS) as readonly RouteReason[];
