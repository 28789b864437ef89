import type { BatchPolicy } from "../core/batch.ts";
import type { WhenBusy } from "../core/busy.ts";
import type { Conversation, ConversationRef } from "../core/conversation.ts";
import type { AttemptReport, RecordedCall, Route, Settlement } from "../core/delivery.ts";
import type { InboundEvent, TurnEvent } from "../core/event.ts";
import type { InboundReceipt } from "../core/inbound-receipt.ts";
import type { ReceiptFlow, ReceiptStatus } from "../core/receipt.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { RouteDecision, RouteInput } from "../core/route.ts";
import type { DeliveryKind, SystemMessageKind } from "../core/slow-reply.ts";
import type { ClaimedTurn, LeasedTurn, TurnFailure } from "../core/turn.ts";
import type { Waiting } from "../core/waiting.ts";
import type { ClusterMembership } from "./cluster-membership.ts";
import type { Erasure } from "./erasure.ts";
import type { Operator } from "./operator.ts";
import type { Purged, Retention } from "./retention.ts";

export { Unavailable } from "../core/errors.ts";
export type { Waiting } from "../core/waiting.ts";

/**
 * The one truth. Each method is one transaction of one conversation, and its promise resolves after the commit that
 * carries it is on the disk. Every time is epoch ms by the store's own clock.
 *
 * A method that takes a fence throws `Fenced` when that fence is no longer the newest, and then has changed nothing.
 * A method whose transaction can't be committed rejects with `Unavailable`, and then has changed nothing either.
 */
export interface Store extends ClusterMembership, Operator, Erasure {
  // taking in
  /** Keys, event and token; opens or extends the conversation's collecting turn. */
  ingest(event: InboundEvent, policy: IngestPolicy): Promise<IngestResult>;
  /** A platform's later word of what we sent. It never goes back, and it settles what was unknown. */
  recordReceipt(args: RecordReceipt): Promise<RecordedReceipt>;

  // collecting
  /** Collecting turns that are due, and how long until the next one is. Reads only. */
  dueTurns(limit: number): Promise<Due<string>>;
  /** `later`: events came since, and it is not due yet. `gone`: it is not collecting any more. */
  sealTurn(turnId: string): Promise<"ready" | "later" | "empty" | "gone">;

  // working
  /**
   * Turns that may be claimed: ready, due, first of their conversation, with nobody at work in it. Only of `accounts`
   * (`<channel>/<account>`) where they are given: others wait for a process that has them. Reads only.
   */
  readyTurns(limit: number, accounts?: readonly string[]): Promise<Due<string>>;
  /** `null`: somebody was faster, or it isn't its turn. `empty`: its events are gone, and it was closed. */
  claimTurn(claim: ClaimTurn): Promise<ClaimedTurn | "empty" | null>;
  /** `ended`: the turn was answered or refused under this fence meanwhile. */
  renewLease(lease: LeasedTurn & { leaseMs: number }): Promise<"renewed" | "ended">;
  /** The agent's answer and its deliveries, in one. With `done: false` the turn stays with the agent. */
  answerTurn(answer: AnswerTurn): Promise<Answered>;
  /** Near the end of the turn's last free token: spends it on a button, once. Throws `Fenced`. */
  promptWithButton(offer: PromptWithButton): Promise<Prompted>;
  failTurn(failure: LeasedTurn & { failure: TurnFailure; retry: RetryPolicy; random: number }): Promise<FailedTurn>;
  /** A turn as an agent that answers later needs it; `null` when there is none of that id. */
  findTurn(turnId: string): Promise<FoundTurn | null>;
  /** Deliveries that answer no turn; `null` when nobody has ever written in that conversation. */
  queueMessages(order: QueueMessages): Promise<Queued | null>;

  // sending
  /** Deliveries that may be sent now: due, and not behind one of their conversation that goes first. Reads only. */
  dueDeliveries(query: DueDeliveries): Promise<Due<string>>;
  /** Claims the delivery and its token and records the attempt with its exact bytes, before the call is made. */
  startAttempt(start: StartAttempt): Promise<StartedAttempt | null>;
  /**
   * After a `startAttempt` of this owner that rejected: should it have been committed all the same, no call was made,
   * and it is tried again. Otherwise the attempt would end as `unknown`. Until it has ended, this owner doesn't start that
   * delivery anew: the word takes back whatever attempt of the owner's is at work.
   */
  abandonAttempt(abandon: AbandonAttempt): Promise<void>;
  settleAttempt(settle: SettleAttempt): Promise<Settled>;

  // sweeping
  /** Turns and attempts whose owner let the lease run out, or is dead: turns become ready again, attempts unknown. */
  expireLeases(sweep: { limit: number; retry: RetryPolicy; random: number }): Promise<Expired>;
  /** Deletes a small batch of what is older than the retention says. Keys outlive their events. */
  purge(retention: Retention): Promise<Purged>;

  // running
  /** Once at start: ends the leases of owners that can't be alive, and lets stopped accounts try again. */
  reclaimOrphanedLeases(owner: string): Promise<Expired>;
  /** Commits a write, to show that the store can. */
  probe(): Promise<void>;
  /** Age of the oldest row of each waiting state, in ms, and how many there are. No state and no row is left out. */
  waiting(): Promise<readonly Waiting[]>;
  close(): Promise<void>;
}

/** What is due, and after how many ms to look again (`null`: nothing waits for a time). */
export interface Due<T> {
  readonly due: readonly T[];
  readonly nextInMs: number | null;
}

export interface IngestPolicy {
  readonly batch: BatchPolicy;
  /** What the event does while the agent works on the conversation. Default `queue`. */
  readonly busy?: WhenBusy;
  /** How long before its end (ms) a new reply token may be taken by a delivery that waits for a free route. */
  readonly tokenFallbackLeadMs: number;
  /** How long the event's copy may have waited for us by now, in ms: asked inside the transaction. Default: not at all. */
  readonly waitedMs?: () => number;
  /** System messages for a tap on one of our buttons. Pure: it runs inside the transaction. Default: none are said. */
  readonly systemMessage?: (kind: SystemMessageKind, callbackToken: string) => readonly unknown[];
  /** Called when the event's key is known but its event is missing, though retention had not deleted it. */
  readonly onInconsistent: () => void;
}

export type IngestResult =
  | {
      /** `healed`: its key was known but its event was missing, so it was taken in again under the same key. */
      readonly kind: "accepted" | "healed";
      readonly eventId: string;
      readonly conversationId: string;
      readonly receivedAt: number;
      /** The turn it is in; `null` when it opened none. */
      readonly turnId: string | null;
      /** The turn needs no more waiting. */
      readonly turnReady: boolean;
      /** A delivery that waits for a free route may take the event's token before the token dies. */
      readonly offersRoute: boolean;
      /** It came while the conversation was busy and gets no answer: its turn is `skipped`. */
      readonly isSkipped: boolean;
      /** The turn it took away from the agent; its events are in the event's own turn now. */
      readonly interrupted: string | null;
    }
  | {
      readonly kind: "duplicate";
      readonly eventId: string;
      readonly receivedAt: number;
      /** Its unspent reply token lives longer now. */
      readonly tokenRefreshed: boolean;
    };

export interface RecordReceipt {
  readonly receipt: InboundReceipt;
  /** What a failure after the platform's "yes" may cause: the delivery is tried again by this. */
  readonly retry: RetryPolicy;
  readonly random: number;
}

export interface RecordedReceipt {
  /** Deliveries that the receipt is about: none when nobody here sent it. */
  readonly deliveries: readonly {
    readonly deliveryId: string;
    readonly route: Route;
    /** The strongest word so far, this one included. */
    readonly status: ReceiptStatus;
    /** False for a copy, and for a word that came after a stronger one. */
    readonly isNews: boolean;
    /** What the delivery became by it; `null` when it stayed what it was. */
    readonly movedTo: Settlement["state"] | null;
    /** What comes behind it in the conversation was waiting for this word. */
    readonly freesNext: boolean;
  }[];
}

export interface ClaimTurn {
  readonly turnId: string;
  readonly owner: string;
  readonly leaseMs: number;
  /** How much of what was said beside the turns comes with it. Default: nothing. */
  readonly context?: ContextPolicy;
}

/** Messages that opened no turn since the turn before was sealed, until this one was. */
export interface ContextPolicy {
  /** The newest so many. */
  readonly maxEvents: number;
  /** Not older than this before the turn's first event, in ms. */
  readonly maxAgeMs: number;
}

export interface OutgoingMessage {
  /** As the platform takes it. */
  readonly message: unknown;
  /** What the platform is known to refuse in it; `null`: nothing. Then it is a delivery of its own, dead from the beginning. */
  readonly problem: string | null;
}

/** A delivery that is dead because the platform is known to refuse it. */
export interface RefusedDelivery {
  readonly deliveryId: string;
  readonly reason: string;
}

export interface AnswerTurn extends LeasedTurn {
  /** The replies, in order. */
  readonly messages: readonly OutgoingMessage[];
  /** How many of them one call takes. */
  readonly messagesPerCall: number;
  /** False: these are added, and the turn stays with the agent. */
  readonly done: boolean;
  /** How long (ms) messages of a turn that stays open wait for more to share their call. Default 0. */
  readonly coalesceMs?: number;
  /** Give the first free call of an answer that needs several a button for the rest, see `PromptWithButton`. Default: don't. */
  readonly rest?: { readonly pushAfterMs: number | null; readonly expiresAfterMs: number } | null;
  /**
   * The agent's own name for this reply within the turn. Under the same fence it is taken once: a repeat changes
   * nothing and is answered as the first one was, also after the turn has ended. Default: none.
   */
  readonly key?: string | null;
}

export interface PromptWithButton extends LeasedTurn {
  /** How long after the token came it is spent on the button, in ms … */
  readonly afterMs: number;
  /** … but no closer to its end than this, in ms. */
  readonly marginMs: number;
  readonly pushAfterMs: number | null;
  readonly expiresAfterMs: number;
  /** What waits for a free route is bundled in front of the button, as far as there is room. */
  readonly messagesPerCall: number;
  /** The button, as the platform's messages. Pure. */
  readonly messages: (callbackToken: string) => readonly unknown[];
}

export type Prompted =
  | { readonly kind: "prompted"; readonly deliveryId: string }
  /** A copy gave the token new life, or it came later than thought. */
  | { readonly kind: "later"; readonly inMs: number }
  /** It has no free token to spend, has one such button, or a part of its answer is there. */
  | { readonly kind: "none" };

export interface Answered {
  readonly deliveryIds: readonly string[];
  /** Those of them that are not sent. */
  readonly refused: readonly RefusedDelivery[];
  /** Parked deliveries that travel in front of the answer. */
  readonly bundled: number;
  /** These were taken before, under the same key; nothing was changed. */
  readonly repeated?: true;
}

/** Who gets a message that answers no turn. */
export type Peer = Pick<ConversationRef, "channel" | "account" | "peerId">;

export interface QueueMessages {
  readonly to: Peer;
  /** In order; at least one. */
  readonly messages: readonly OutgoingMessage[];
  readonly messagesPerCall: number;
  /** The sender's own name for this order. Taken once in its conversation: a repeat is answered as the first one was. */
  readonly key: string | null;
  /** Not sent by then (epoch ms), they are dead instead of late; `null`: they always go out. */
  readonly deliverBy: number | null;
}

export interface Queued {
  readonly conversation: Conversation;
  readonly deliveryIds: readonly string[];
  /** Those of them that are not sent. */
  readonly refused: readonly RefusedDelivery[];
  readonly repeated: boolean;
  /** What the routes are chosen from, at that moment. */
  readonly now: number;
  readonly tokens: RouteInput["tokens"];
}

export interface FailedTurn {
  readonly state: "ready" | "dead";
  /** Until the next attempt may start. */
  readonly nextInMs: number;
}

export interface FoundTurn {
  readonly turnId: string;
  readonly state: string;
  readonly fence: number;
  readonly conversation: Conversation;
  /** In order, as `claimTurn` hands them out. */
  readonly events: readonly TurnEvent[];
}

export interface DueDeliveries {
  readonly limit: number;
  /** See `StartAttempt.unknownHoldMs`. */
  readonly unknownHoldMs: number;
  /** Only deliveries of these (`<channel>/<account>`). Default: all. */
  readonly accounts?: readonly string[];
}

/** A delivery as the send stage needs it to choose a route. Made inside the transaction that claims it. */
export interface DeliveryView {
  readonly deliveryId: string;
  readonly turnId: string | null;
  readonly conversation: Conversation;
  /** Whom the platform delivers to now: `peerId`, unless the person has had another name since. */
  readonly address: string;
  /** Whose words they are. Our own are never paid for: without a free route they are discarded. */
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
  /** How the receipts of this account come in. */
  readonly receipts: ReceiptFlow;
}

export interface StartAttempt {
  readonly deliveryId: string;
  readonly owner: string;
  readonly leaseMs: number;
  /** How long (ms) an unknown delivery that is being tried again holds up later ones of the same turn. */
  readonly unknownHoldMs: number;
  /** Pure: it runs inside the transaction. */
  readonly decide: (view: DeliveryView) => DecidedAttempt;
}

/** What the send stage makes of a delivery. */
export interface DecidedAttempt {
  readonly decision: RouteDecision;
  /** Why this route and not a cheaper one. Kept with the attempt. */
  readonly reason: string;
  /** For a call by `reply` or `paid`; else `null`: none is made, or, for a repeat, the recorded bytes go out again. */
  readonly call: PlannedCall | null;
}

export interface PlannedCall extends RecordedCall {
  /**
   * Sent, it holds up what comes behind it in the conversation until it arrived, at most so long (ms). Written down with the
   * attempt, for whoever settles it.
   */
  readonly awaitDeliveredMs: number;
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
      readonly routeReason: string;
      readonly call: RecordedCall;
      /** When the delivery was queued. */
      readonly createdAt: number;
      /** When the newest event of its turn happened, by the platform's clock; `null` without a turn. */
      readonly newestEventAt: number | null;
      /** When the first event of its turn was received; `null` without a turn. */
      readonly firstEventAt: number | null;
    }
  /** `discarded`: a system message that no free route would take any more. `expired`: dead, because its `deliverBy` had
   *  passed and no earlier call may have been accepted. `refused`: dead, because the platform would refuse it. */
  | { readonly kind: "held" | "waiting" | "discarded" | "expired" | "refused"; readonly reason: string }
  /** `entered`: it was not parked before. */
  | { readonly kind: "parked"; readonly entered: boolean; readonly reason: string };

export interface AbandonAttempt {
  readonly deliveryId: string;
  readonly owner: string;
  readonly retry: RetryPolicy;
  readonly random: number;
}

export interface SettleAttempt {
  readonly deliveryId: string;
  /** The attempt's number is the fence of the delivery. */
  readonly attempt: number;
  readonly report: AttemptReport;
  readonly retry: RetryPolicy;
  readonly random: number;
  /** A watched call that has no receipt after this time (ms) counts as one that got none. Default 30 000. */
  readonly receiptWaitMs?: number;
}

export interface Settled {
  readonly settlement: Settlement;
  /** Parked deliveries that were bundled into this one and came into the same state. */
  readonly bundled: number;
  /** True when the delivery was not in that state before this attempt: what the counters count. */
  readonly entered: boolean;
}

export interface Expired {
  readonly turnsReady: number;
  readonly turnsDead: number;
  /** Attempts whose outcome nobody can know now. */
  readonly attemptsUnknown: readonly Unsettled[];
}

export interface Unsettled {
  readonly deliveryId: string;
  readonly channel: string;
  readonly account: string;
  readonly route: Route;
  /** True when its delivery was not unknown before. */
  readonly entered: boolean;
}
