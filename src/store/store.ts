import type { AccountHealth, AccountMove } from "../core/account.ts";
import type { BatchPolicy } from "../core/batch.ts";
import type { WhenBusy } from "../core/busy.ts";
import type { AccountKey, Conversation, ConversationKind, ConversationRef } from "../core/conversation.ts";
import type { Route, Settlement } from "../core/delivery.ts";
import type { EventContent, InboundEvent, TurnEvent } from "../core/event.ts";
import type { InboundReceipt } from "../core/inbound-receipt.ts";
import type { ReceiptStatus } from "../core/receipt.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { RouteInput } from "../core/route.ts";
import type { SystemMessageKind } from "../core/slow-reply.ts";
import type { ClaimedTurn, LeasedTurn, TurnFailure } from "../core/turn.ts";
import type { WaitingCount } from "../core/waiting.ts";
import type {
  AbandonAttempt,
  AttemptTerms,
  DueDeliveries,
  RefusedDelivery,
  SettleAttempt,
  Settled,
  StartAttempt,
  StartedAttempt,
} from "./attempt.ts";
import type { ClusterMembership } from "./cluster-membership.ts";
import type { ContextPolicy } from "./context-policy.ts";
import type { Erasure } from "./erasure.ts";
import type { Operator } from "./operator.ts";
import type { Purged, Retention } from "./retention.ts";

export { Unavailable } from "../core/errors.ts";
export type { WaitingCount } from "../core/waiting.ts";

/**
 * The database. A method that writes is one transaction of one conversation, except those of accounts and processes, which
 * are of none, and `recordReceipt`, `expireLeases`, `reclaimOrphanedLeases`, `purge` and `forgetOutsideTurns`, which find
 * rows and run a transaction for each conversation or row (`multi-transaction/`). Lists and searches read many
 * conversations. A promise resolves after its commits are durable on disk. Every time is epoch ms by the store's own clock.
 *
 * A method that takes a fence throws `Fenced` when that fence is no longer the newest, and then has changed nothing.
 * A transaction that can't be committed rejects with `Unavailable`, and then has changed nothing either.
 */
export interface Store extends ClusterMembership, Operator, Erasure {
  // ingest
  /** Stores dedup keys, event and reply token; opens or extends the conversation's collecting turn. */
  ingest(event: InboundEvent, policy: IngestPolicy): Promise<IngestResult>;
  /** Records the platform's receipt of a sent message. Its status never goes back, and it settles an unknown outcome. */
  recordReceipt(args: RecordReceipt): Promise<RecordedReceipt>;

  // collecting
  /** Collecting turns that are due, and how long until the next one is. Reads only. */
  dueTurns(limit: number): Promise<Due<string>>;
  /** With `claim` it claims the turn in the same transaction, if it may be claimed now. */
  sealTurn(turnId: string, claim?: LeaseTerms): Promise<SealedTurn>;

  // working
  /** Turns that may be claimed: ready, due, first of their conversation, with no leased turn in it. Reads only. */
  readyTurns(query: ReadyTurns): Promise<Due<string>>;
  /** `null`: another process claimed it, or it isn't first. `empty`: its events are gone, and it was closed. */
  claimTurn(claim: ClaimTurn): Promise<ClaimedTurn | "empty" | null>;
  /** `ended`: the turn was answered or rejected under this fence meanwhile. */
  renewLease(lease: LeasedTurn & { leaseMs: number }): Promise<"renewed" | "ended">;
  /** Stores the agent's answer as deliveries and ends the turn. With `done: false` the turn stays with the agent. */
  answerTurn(answer: AnswerTurn): Promise<Answered>;
  /** Slow reply: spends the turn's last reply token on a button shortly before it expires, once. Throws `Fenced`. */
  promptWithButton(offer: PromptWithButton): Promise<Prompted>;
  failTurn(failure: LeasedTurn & { failure: TurnFailure; retry: RetryPolicy; random: number }): Promise<FailedTurn>;
  /** What is known of messages of a conversation that people quote. Not what was retracted, forgotten or purged. Reads only. */
  findQuoted(query: QuotedQuery): Promise<readonly KnownMessage[]>;
  /** A turn for a deferred reply; `null` when there is none of that id. */
  findTurn(turnId: string): Promise<FoundTurn | null>;
  /** Queues a proactive message to a peer, by any of their ids; `null` when there is no conversation with them. */
  queueMessages(order: QueueMessages): Promise<Queued | null>;

  // sending
  /** Deliveries that may be sent now: due, and not blocked by an earlier one of their conversation. Reads only. */
  dueDeliveries(query: DueDeliveries): Promise<Due<string>>;
  /** Claims the delivery and its token and records the attempt with its exact bytes, before the call is made. */
  startAttempt(start: StartAttempt): Promise<StartedAttempt | null>;
  /**
   * After a `startAttempt` of this owner that rejected, or an `answerTurn` that was to start one: if it was committed all the same, the attempt ends as not made and
   * is tried again. Otherwise it would end as `unknown`. Until this has ended the owner must not start the delivery again,
   * because it abandons any attempt of this owner.
   */
  abandonAttempt(abandon: AbandonAttempt): Promise<void>;
  settleAttempt(settle: SettleAttempt): Promise<Settled>;

  // accounts
  /** Stopped accounts of any process, and when the platform is asked about each. Reads only. */
  dueAccountChecks(): Promise<readonly DueAccountCheck[]>;
  /** Takes the next check of a stopped account, which is then made by this process only. `null`: another has taken it. */
  takeAccountCheck(take: TakeAccountCheck): Promise<AccountCheck | null>;
  /** What the platform said: where it is well, or only a delivery can tell, the account resumes. */
  recordAccountCheck(checked: AccountCheck & { readonly health: AccountHealth }): Promise<"resumed" | "still-stopped">;

  // sweep
  /** Ends leases that expired or whose owner is dead: turns become ready again, attempts unknown. */
  expireLeases(sweep: { limit: number; retry: RetryPolicy; random: number }): Promise<Expired>;
  /** Deletes a small batch of what is older than the retention. Dedup keys outlive their events. */
  purge(retention: Retention): Promise<Purged>;

  // operation
  /** Once at start: ends the leases of dead owners, and lets stopped accounts resume. */
  reclaimOrphanedLeases(owner: string): Promise<Expired>;
  /** Health check: commits a write. */
  checkCommit(): Promise<void>;
  /** Backlog: the age of the oldest row of each waiting state, in ms, and how many there are. Includes every row. */
  countWaiting(): Promise<readonly WaitingCount[]>;
  close(): Promise<void>;
}

/** What is due, and after how many ms to poll again (`null`: nothing waits for a time). */
export interface Due<T> {
  readonly due: readonly T[];
  readonly nextInMs: number | null;
}

export interface IngestPolicy {
  readonly batch: BatchPolicy;
  /** What the event does while the agent works on the conversation. Default `queue`. */
  readonly busy?: WhenBusy;
  /** Lead time (ms) before a reply token's expiry from which a parked delivery may use it. */
  readonly tokenFallbackLeadMs: number;
  /** How long the webhook may have waited by now, in ms: called inside the transaction. Default: not at all. */
  readonly waitedMs?: () => number;
  /** System messages for a tap on one of our buttons. Pure: it runs inside the transaction. Default: none. */
  readonly systemMessage?: (kind: SystemMessageKind, callbackToken: string) => readonly unknown[];
  /** Handover to a human agent who answers by hand. Default: the bot never pauses. */
  readonly handover?: HandoverPolicy;
  /** Called when the event's key is known but its event is missing, though retention had not deleted it. May be called again. */
  readonly onInconsistent: () => void;
  /** Claims the event's turn in the same transaction, if the event makes it ready and it may be claimed. Default: don't. */
  readonly claim?: LeaseTerms;
}

export interface HandoverPolicy {
  /** How long the bot pauses in the conversation after a human agent's answer, in ms; 0: not at all. */
  readonly pauseMs: number;
  /** An answer that comes so soon after a person's first message may be the platform's automatic greeting, in ms; 0: none. */
  readonly greetingMs: number;
}

export type IngestResult =
  | {
      /** `recovered`: its key was known but its event was missing, so it was stored again under the same key. */
      readonly kind: "accepted" | "recovered";
      readonly eventId: string;
      readonly conversationId: string;
      readonly receivedAt: number;
      /** The turn it is in; `null` when it opened none. */
      readonly turnId: string | null;
      /** The turn is due now. */
      readonly turnReady: boolean;
      /** The turn, claimed with `IngestPolicy.claim`. */
      readonly claimed: ClaimedTurn | null;
      /** A parked delivery may become due by the event. */
      readonly offersRoute: boolean;
      /** It came while the conversation was busy and gets no answer: its turn is `skipped`. */
      readonly isSkipped: boolean;
      /** The turn that it interrupted; that turn's events are in the event's own turn now. */
      readonly interrupted: string | null;
      /**
       * `paused`: a human agent's answer, and the bot pauses. `greeting`: the platform's automatic greeting, or the first message
       * of a person whose greeting came before it and had made the bot pause. `null`: neither.
       */
      readonly handover: "paused" | "greeting" | null;
    }
  | {
      readonly kind: "duplicate";
      readonly eventId: string;
      readonly conversationId: string;
      /** The turn that the event is in; `null`: it opened none, or retention has deleted it. */
      readonly turnId: string | null;
      readonly receivedAt: number;
      /** The redelivery prolonged its unused reply token. */
      readonly tokenRefreshed: boolean;
    };

export interface RecordReceipt {
  readonly receipt: InboundReceipt;
  /** Retry policy for a message that failed after it was accepted. */
  readonly retry: RetryPolicy;
  readonly random: number;
}

export interface RecordedReceipt {
  /** Deliveries that the receipt is about: none for an unknown message. */
  readonly deliveries: readonly {
    readonly deliveryId: string;
    readonly conversationId: string;
    /** `null`: it answers none. */
    readonly turnId: string | null;
    readonly route: Route;
    /** The strongest status so far, this one included. */
    readonly status: ReceiptStatus;
    /** False for a copy, and for a status that came after a stronger one. */
    readonly isNew: boolean;
    /** The delivery's new state; `null` when it didn't change. */
    readonly movedTo: Settlement["state"] | null;
    /** What became of its account; `null`: nothing. */
    readonly account: AccountMove;
    /** See `Settlement`. */
    readonly templateRefused: string | null;
    /** The next delivery of the conversation was waiting for this receipt. */
    readonly freesNext: boolean;
  }[];
}

/** `later`: new events postponed it. `gone`: it is no longer collecting. */
export type SealedTurn =
  | { readonly kind: "ready"; readonly conversationId: string; readonly claimed: ClaimedTurn | null }
  | { readonly kind: "later"; readonly inMs: number }
  | { readonly kind: "empty" | "gone" };

/** Ready turns of one account, oldest first. */
export interface ReadyTurns {
  readonly accountKey: AccountKey;
  /** Those that have failed before, or those that have not. */
  readonly failed: boolean;
  readonly limit: number;
  /** Only of such conversations. Default: of any. */
  readonly kinds?: readonly ConversationKind[];
}

export interface ClaimTurn extends LeaseTerms {
  readonly turnId: string;
}

/** How a turn is claimed. */
export interface LeaseTerms {
  readonly owner: string;
  /** Only a turn of these. Default: of any. */
  readonly accountKeys?: readonly AccountKey[];
  readonly leaseMs: number;
  /** How many messages beside the turns come with it as context. Default: none. */
  readonly context?: ContextPolicy;
}

export interface OutgoingMessage {
  /** As the platform takes it. */
  readonly message: unknown;
  /** What the platform is known to refuse in it; `null`: nothing. Then it is a delivery of its own, dead from the beginning. */
  readonly problem: string | null;
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
  readonly restButton?: { readonly pushAfterMs: number | null; readonly expiresAfterMs: number } | null;
  /**
   * Idempotency key of this reply within the turn. A repeat under the same fence changes nothing and gets the first result,
   * also after the turn has ended. Default: none.
   */
  readonly key?: string | null;
  /** Starts the first attempt of the answer in the same transaction, if it may be sent now. Default: don't. */
  readonly start?: AttemptTerms;
}

export interface PromptWithButton extends LeasedTurn {
  /** How long after the token came it is spent on the button, in ms … */
  readonly afterMs: number;
  /** … but no closer to its end than this, in ms. */
  readonly marginMs: number;
  readonly pushAfterMs: number | null;
  readonly expiresAfterMs: number;
  /** Parked deliveries are bundled in front of the button, up to this limit. */
  readonly messagesPerCall: number;
  /** The button, as the platform's messages. Pure. */
  readonly messages: (callbackToken: string) => readonly unknown[];
}

export type Prompted =
  | { readonly kind: "prompted"; readonly deliveryId: string }
  /** A redelivery prolonged the token, or it isn't time yet. */
  | { readonly kind: "later"; readonly inMs: number }
  /** It has no unused reply token, already has a button, or a part of its answer is there. */
  | { readonly kind: "none" };

export interface Answered {
  readonly deliveryIds: readonly string[];
  /** Those of them that are not sent. */
  readonly refused: readonly RefusedDelivery[];
  /** Parked deliveries that are bundled in front of the answer. */
  readonly bundled: number;
  /** The first attempt, started with `AnswerTurn.start`. */
  readonly started: StartedAttempt | null;
  /** A ready turn of the conversation waits for the end of this one. */
  readonly hasNextTurn: boolean;
  /** A repeat under the same idempotency key: nothing was changed. */
  readonly repeated?: true;
}

/** A person or group, by any of their ids; a phone number in any form of `phoneDigits`. */
export type Peer = Pick<ConversationRef, "channel" | "account" | "peerId">;

export interface QueueMessages {
  readonly to: Peer;
  /** In order; at least one. */
  readonly messages: readonly OutgoingMessage[];
  readonly messagesPerCall: number;
  /** Idempotency key within the conversation: a repeat gets the first result. */
  readonly key: string | null;
  /** Deadline (epoch ms): not sent by then, they are dead; `null`: none. */
  readonly deliverBy: number | null;
}

export interface Queued {
  readonly conversation: Conversation;
  readonly deliveryIds: readonly string[];
  /** Those of them that are not sent. */
  readonly refused: readonly RefusedDelivery[];
  readonly repeated: boolean;
  /** For the expected routes: each delivery's messages, and the reply tokens, the window's end and the account at that time. */
  readonly now: number;
  readonly messages: readonly (readonly unknown[])[];
  readonly tokens: RouteInput["tokens"];
  readonly windowEndsAt: number | null;
  readonly isAccountStopped: boolean;
}

export interface QuotedQuery {
  readonly conversation: Pick<Conversation, "conversationId" | "channel" | "account">;
  /** The platform's ids. */
  readonly messageIds: readonly string[];
}

/** A message, by its platform id. */
export type KnownMessage =
  /** `type`: its event's. */
  | { readonly kind: "received"; readonly messageId: string; readonly type: string; readonly content: EventContent }
  /** As the platform takes it; `null`: it isn't known which of its call's messages it is. */
  | { readonly kind: "sent"; readonly messageId: string; readonly message: unknown };

export interface DueAccountCheck {
  readonly channel: string;
  readonly account: string;
  /** Checks made since it was stopped. */
  readonly checks: number;
  /** 0: now. */
  readonly inMs: number;
}

export interface TakeAccountCheck extends Pick<DueAccountCheck, "channel" | "account" | "checks"> {
  /** 0 ≤ random < 1, for the jitter of the next one. */
  readonly random: number;
}

/** `number`: its own, since the account was stopped. */
export interface AccountCheck extends Pick<DueAccountCheck, "channel" | "account"> {
  readonly number: number;
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

export interface Expired {
  readonly turnsReady: number;
  readonly turnsDead: number;
  /** Attempts whose outcome is unknown now. */
  readonly attemptsUnknown: readonly Unsettled[];
}

export interface Unsettled {
  readonly deliveryId: string;
  readonly channel: string;
  readonly account: string;
  readonly route: Route;
  /** True when its delivery was not unknown before, for the counters. */
  readonly entered: boolean;
}
