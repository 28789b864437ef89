import type { SendOutcomeKind } from "./delivery.ts";
import type { RetryPolicy } from "./retry.ts";

/*
 * An account: our identity on a platform.
 *
 *                a refusal that is about it          it is well, or only a delivery can tell; an operator; a restart
 *   working ────────────────────────────────▶ stopped ─────────────────────────────────────────────────▶ resuming
 *      ▲                                         ▲                                                          │  │
 *      │                                         └──────────── the probe is refused as well ────────────────┘  │
 *      └───────────────────────────── the probe's outcome is not about the account ────────────────────────────┘
 *
 * While it is stopped nothing is sent, and the platform is asked about it by a harmless call, with back-off. While it
 * resumes one delivery is sent at a time: the probe. Outcomes of calls that began before it was last started are stale:
 * they neither stop it nor show it well.
 */
export const ACCOUNT_TRANSITIONS = {
  working: ["stopped"],
  stopped: ["resuming"],
  resuming: ["working", "stopped"],
} as const satisfies Record<string, readonly string[]>;

/** What the outcome of a call does to its account; `null`: nothing. `slowdown-ended`: it was rate limited, and takes calls again. */
export type AccountMove = "stopped" | "working" | "slowdown-ended" | null;

export type AccountStatus = keyof typeof ACCOUNT_TRANSITIONS;

export const ACCOUNT_STATUSES = Object.keys(ACCOUNT_TRANSITIONS) as readonly AccountStatus[];

/** What the platform says of an account, asked by a call that changes nothing. */
export type AccountHealth =
  | { readonly kind: "well" }
  /** It refuses the token or the permission. */
  | { readonly kind: "refused"; readonly reason: string }
  /** It answers, and the answer says nothing about sending: only a delivery can tell. */
  | { readonly kind: "unsure"; readonly reason: string }
  /** No answer, or none of the platform's. */
  | { readonly kind: "unreachable"; readonly reason: string };

const FOR_EVER = { maxAttempts: Number.POSITIVE_INFINITY, maxAgeMs: Number.POSITIVE_INFINITY };

/**
 * When a stopped account is asked about. A hiccup costs seconds, so that the free reply tokens of most answers still live;
 * the call is free and counts against no quota of messages, so that once a minute does no harm.
 */
export const ACCOUNT_CHECKS: RetryPolicy = { baseMs: 2_000, capMs: 60_000, ...FOR_EVER };

/** The first check after each of several stops in a row: where the platform is well and yet refuses what is sent. */
export const ACCOUNT_STOPS: RetryPolicy = { baseMs: 2_000, capMs: 600_000, ...FOR_EVER };

/** A stop within this time after a start follows on the one before, in ms. WhatsApp may refuse what it has accepted later. */
export const STEADY_AFTER_MS = 600_000;

/** Whether the outcome of a call shows that the platform takes calls of the account; `false`: it says nothing. */
export function showsWell(outcome: SendOutcomeKind): boolean {
  switch (outcome) {
    case "sent":
    case "rate-limited":
    case "token-invalid":
    case "quota-exhausted":
    case "window-closed":
    case "media-failed":
    case "refused":
      return true;
    case "retry":
    case "unknown":
    case "account-stopped":
      return false;
    default:
      return outcome satisfies never;
  }
}
