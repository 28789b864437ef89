import type { AccountMove } from "../core/account.ts";
import type { AccountKey, Conversation } from "../core/conversation.ts";
import type { AttemptReport, RecordedCall, Route, Settlement } from "../core/delivery.ts";
import type { ReceiptFlow } from "../core/receipt.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { RouteDecision, RouteInput } from "../core/route.ts";
import type { RouteReason } from "../core/route-reason.ts";
import type { DeliveryKind } from "../core/slow-reply.ts";

/* Arguments and results of the methods that send: a delivery becomes an attempt, and the attempt is settled. */

export interface DueDeliveries {
  readonly limit: number;
  /** See `StartAttempt.unknownWaitMs`. */
  readonly unknownWaitMs: number;
  readonly accountKey: AccountKey;
}

/** A delivery as the send stage needs it to choose a route. Made inside the transaction that claims it. */
export interface DeliveryView {
  readonly deliveryId: string;
  readonly turnId: string | null;
  readonly conversation: Conversation;
  /** The platform's id to send to: `peerId`, unless the person has a newer one. */
  readonly address: string;
  /** Kind of the content. System messages are never paid for: without a free route they are discarded. */
  readonly kind: DeliveryKind;
  readonly messages: readonly unknown[];
  /** A person has put it back to work. */
  readonly isReplayed: boolean;
  /** The callback token of the button for more of the same answer, where more of it waits. */
  readonly more: string | null;
  readonly now: number;
  readonly routeInput: Pick<
    RouteInput,
    "now" | "earlier" | "boundTokenExpiresAt" | "tokens" | "freeOnly" | "windowEndsAt" | "buttonFirst"
  >;
  /** Whether the account's receipts arrive. */
  readonly receipts: ReceiptFlow;
}

export interface StartAttempt extends AttemptTerms {
  readonly deliveryId: string;
}

export interface AttemptTerms {
  readonly owner: string;
  readonly leaseMs: number;
  /** How long (ms) an unknown delivery that is being tried again blocks later ones of the same turn. */
  readonly unknownWaitMs: number;
  /** Pure: it runs inside the transaction. `null`: not now, and nothing is changed. */
  readonly decide: (view: DeliveryView) => DecidedAttempt | null;
}

/** What the send stage makes of a delivery. */
export interface DecidedAttempt {
  readonly decision: RouteDecision;
  /** Why this route and not a cheaper one; `null` when no call is made. Kept with the attempt. */
  readonly routeReason: RouteReason | null;
  /** For a call by `reply` or `paid`; else `null`: none is made, or, for a repeat, the recorded bytes go out again. */
  readonly call: PlannedCall | null;
}

export interface PlannedCall extends RecordedCall {
  /** Sent, it holds up what comes behind it in the conversation until it arrived, at most so long (ms). Kept with the attempt. */
  readonly awaitDeliveredMs: number;
  /** It fits the account's own template, for after the window; by the route `template` it travels in it. Kept with the attempt. */
  readonly hasWindowTemplate: boolean;
}

export type StartedAttempt = Pick<DeliveryView, "deliveryId" | "conversation" | "receipts"> & {
  readonly startedAt: number;
} & StartOutcome;

/** What became of a delivery that was due. */
export type StartOutcome =
  | {
      readonly kind: "send";
      readonly turnId: string | null;
      readonly attempt: number;
      readonly route: Route;
      /** Why this route and not a cheaper one. */
      readonly routeReason: RouteReason;
      readonly call: RecordedCall;
      /** When the delivery was queued. */
      readonly createdAt: number;
      /** When the newest event of its turn happened, by the platform's clock; `null` without a turn. */
      readonly newestEventAt: number | null;
      /** When the first event of its turn was received; `null` without a turn. */
      readonly firstEventAt: number | null;
    }
  /** `discarded`: a system message without a free route. `expired`: dead, past its `deliverBy`. `refused`: dead. */
  | { readonly kind: "held" | "waiting" | "discarded" | "expired" | "refused"; readonly reason: string }
  /** `entered`: it was not parked before. */
  | { readonly kind: "parked"; readonly entered: boolean; readonly reason: string };

export type AbandonAttempt = AbandonedAttempt & {
  readonly owner: string;
  readonly retry: RetryPolicy;
  readonly random: number;
};

export type AbandonedAttempt =
  | { readonly deliveryId: string }
  /** One that was to start with an answer of the turn. `inFlight`: deliveries of this owner that were started else. */
  | { readonly turnId: string; readonly inFlight: ReadonlySet<string> };

export interface SettleAttempt {
  readonly deliveryId: string;
  /** The attempt's number is the fence of the delivery. */
  readonly attempt: number;
  readonly report: AttemptReport;
  readonly retry: RetryPolicy;
  readonly random: number;
  /** A watched call that has no receipt after this time (ms) counts as one that got none. Default 30 000. */
  readonly unknownWaitMs?: number;
}

/** A delivery that is dead because the platform is known to refuse it. */
export interface RefusedDelivery {
  readonly deliveryId: string;
  readonly reason: string;
}

export interface Settled {
  readonly settlement: Settlement;
  /** Deliveries bundled into this one, which came into the same state. */
  readonly bundled: number;
  /** Messages of the call that the platform has refused, where the others are kept: dead letters of their own. */
  readonly refused: readonly RefusedDelivery[];
  /** True when the delivery was not in that state before this attempt, for the counters. */
  readonly entered: boolean;
  /** The conversation has other unsent deliveries, which may have waited for this one. */
  readonly hasNext: boolean;
  readonly account: AccountMove;
}
