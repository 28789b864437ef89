import type { AccountStatus } from "../core/account.ts";
import type { Conversation, ConversationKind, ConversationStatus } from "../core/conversation.ts";
import type { DeliveryState, Route, SendOutcomeKind } from "../core/delivery.ts";
import type { EventContent, EventState, Sender } from "../core/event.ts";
import type { OperatorAction, RecordedActionKind, Refusal } from "../core/operator-action.ts";
import type { ReceiptFlow, ReceiptStatus } from "../core/receipt.ts";
import type { DeliveryKind } from "../core/slow-reply.ts";
import type { TurnState } from "../core/turn.ts";
import type { WaitingState, WaitReason } from "../core/waiting.ts";
import type {
  ConversationDetail,
  ConversationSummary,
  TranscriptReplyToken,
  TranscriptSlowReply,
} from "./operator-details.ts";

/**
 * The operator's view and actions, for the console, the admin API and `turnpike dead`. Part of every `Store`; the admin
 * API's client is another implementation. Lists contain no message content.
 */
export interface Operator {
  /** Turns and deliveries that wait, newest first. With a filter a page may be short without being the last. */
  listWaiting(query: WaitingQuery): Promise<Page<WaitingItem>>;
  /** Conversations by what began last in each: a turn, an event without one, a message without one. A page may be short. */
  listConversations(query: ConversationQuery): Promise<Page<ConversationSummary>>;
  /** A conversation's transcript, with message content; the newest turns first, each page in order of time. */
  readTimeline(query: TimelineQuery): Promise<Timeline | null>;
  /** `null` when there is none of that id. */
  readConversation(conversationId: string): Promise<ConversationDetail | null>;
  /**
   * One turn or delivery with its transcript and message content; `null` when there is none of that id. `unknownHoldMs`: see
   * `WaitingQuery`.
   */
  readItem(id: string, unknownHoldMs?: number): Promise<ItemDetail | null>;
  /** One event with its content; `null`: none of that id, or its content was deleted or taken back. */
  readEvent(id: string): Promise<EventDetail | null>;
  /**
   * By one of our ids or its first digits (8 at least; the newest 20 of each kind), or by a platform's: of a person or group,
   * an event, a received or a sent message.
   */
  search(text: string): Promise<readonly Found[]>;
  /** By the id that the platform gave to a call. Only the newest attempts are read, because nothing lists them by it. */
  searchRequests(requestId: string): Promise<FoundRequests>;
  /** One transaction; the action id makes it idempotent. */
  operate(order: OperatorOrder): Promise<Operated>;
  /** The audit log of operator actions, newest first. */
  listActions(query: PageQuery): Promise<Page<RecordedAction>>;
  /** Every account that has received an event, or was ever stopped or rate limited. */
  listAccounts(): Promise<readonly AccountState[]>;
  /** Pauses a conversation, or ends its pause. One transaction; the action id makes it idempotent. */
  operateConversation(order: ConversationOrder): Promise<ConversationOperated>;
  /** Starts a stopped account: one delivery is sent, and after it the others. */
  startAccount(order: AccountOrder): Promise<AccountStarted>;
}

export interface PageQuery {
  /** Page size. */
  readonly limit: number;
  /** The `next` of the previous page; `null` for the first. */
  readonly before: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; `null` after the last. */
  readonly next: string | null;
}

/**
 * States of what is listed for an operator. `pending`: deliveries of an account that is stopped, or that were refused or not made twice.
 * `ready` and `leased`: turns that have failed twice.
 */
export const LISTED_STATES = ["dead", "unknown", "parked", "pending", "ready", "leased"] as const satisfies readonly (
  | DeliveryState
  | TurnState
)[];
export type ListedState = (typeof LISTED_STATES)[number];

export type ItemKind = "turn" | "delivery";

/** `operator`: what an operator may want to act on (`LISTED_STATES`). `all`: every row that `Store.waiting` counts. */
export const WAITING_SCOPES = ["operator", "all"] as const;
export type WaitingScope = (typeof WAITING_SCOPES)[number];

export interface WaitingQuery extends PageQuery {
  /** Default `operator`. */
  readonly scope?: WaitingScope;
  /** `null`: both. */
  readonly kind: ItemKind | null;
  readonly states: readonly WaitingState[];
  readonly channel: string | null;
  readonly account: string | null;
  /** By its own id, or by any id of the person or group in it. */
  readonly conversation: string | null;
  /** Only items in their state since then or later (epoch ms). */
  readonly since: number | null;
  /** Only items in their state since before then (epoch ms). Default: whenever. */
  readonly until?: number | null;
  /** Only what waits for one of these. Default: for whatever. */
  readonly why?: readonly WaitReason[];
  /**
   * How long an unknown delivery that is tried again may keep others behind it, as in `DueDeliveries`. It only decides
   * whether `why` is `behind`. Default 0: it keeps none.
   */
  readonly unknownHoldMs?: number;
}

interface ItemFacts {
  readonly id: string;
  readonly conversation: Conversation;
  /** In this state since (epoch ms); of what waits for the agent or the platform, since it began to. */
  readonly since: number;
  readonly reason: string | null;
  readonly attempts: number;
  /** Of a turn: how often an agent failed at it. Of a delivery: how often it was tried since it was last replayed. */
  readonly failures: number;
  readonly isDiscarded: boolean;
  /** Of a turn: when it is checked for sealing, or may be claimed. Of a delivery: when the gateway tries it by itself. */
  readonly dueAt: number | null;
  /** `null`: its state says it. */
  readonly why: WaitReason | null;
}

export interface TurnItem extends ItemFacts {
  readonly kind: "turn";
  readonly state: TurnState;
  readonly isPartlyAnswered: boolean;
}

export interface DeliveryItem extends ItemFacts {
  readonly kind: "delivery";
  readonly state: DeliveryState;
  /** The turn that it answers. */
  readonly turnId: string | null;
  readonly route: Route | null;
  readonly mayHaveArrived: boolean;
  readonly bundledInto: string | null;
  /** Its account is stopped, or resumes with one delivery at a time. */
  readonly isHeldUp: boolean;
}

export type WaitingItem = TurnItem | DeliveryItem;

export interface ConversationQuery extends PageQuery {
  readonly channel: string | null;
  readonly account: string | null;
  /** Default: any. */
  readonly kind?: ConversationKind | null;
  /** Of the newest turn. Default: any, and none. */
  readonly states?: readonly TurnState[];
  /** In an id of the peer, or in a name of the newest turn's senders; in any case. Default: whatever. */
  readonly text?: string | null;
}

export interface TimelineQuery extends PageQuery {
  readonly conversationId: string;
  /** Types of the events that are shown. Default: all. */
  readonly types?: readonly string[];
}

export interface Timeline {
  readonly conversation: ConversationDetail;
  readonly entries: readonly TranscriptEntry[];
  readonly next: string | null;
}

export interface ItemDetail {
  readonly item: WaitingItem;
  readonly entries: readonly TranscriptEntry[];
}

export interface EventDetail {
  readonly conversation: Conversation;
  readonly content: EventContent;
}

/** Something that happened at `at` (epoch ms). */
export type TranscriptEntry =
  | TranscriptEvent
  | TranscriptTurn
  | TranscriptDelivery
  | TranscriptAttempt
  | TranscriptReceipt
  | TranscriptAction;

export interface TranscriptEvent {
  readonly kind: "event";
  readonly at: number;
  readonly eventId: string;
  readonly platformEventId: string;
  readonly type: string;
  readonly state: EventState;
  readonly turnId: string | null;
  /** By the platform's clock. */
  readonly sentAt: number;
  readonly redelivered: boolean;
  readonly sender: Sender | null;
  readonly content: EventContent;
  /** Retention deleted the content and the sender's name. */
  readonly bodiesDeleted: boolean;
  /** `null`: it brought none, or retention deleted it. */
  readonly replyToken: TranscriptReplyToken | null;
}

export interface TranscriptTurn {
  readonly kind: "turn";
  readonly at: number;
  readonly turnId: string;
  readonly state: TurnState;
  readonly attempt: number;
  readonly failures: number;
  readonly reason: string | null;
  readonly sealedAt: number | null;
  readonly claimedAt: number | null;
  readonly endedAt: number | null;
  readonly discardedAt: number | null;
  /** The batch policy that it was opened with. */
  readonly quietMs: number;
  readonly maxWaitMs: number;
  readonly maxEvents: number;
  /** When it is checked for sealing, or may be claimed; `null` when it is neither collecting nor ready. */
  readonly dueAt: number | null;
  /** Since an operator last replayed it. */
  readonly firstClaimedAt: number | null;
  /** Of its newest lease; 0: none. */
  readonly fence: number;
  /** The process that has it; `null` when it isn't leased. */
  readonly owner: string | null;
  readonly leaseExpiresAt: number | null;
  /** Of all its events and deliveries, by retention. */
  readonly bodiesDeleted: boolean;
  /** `null`: no button was sent. */
  readonly slowReply: TranscriptSlowReply | null;
}

export interface TranscriptDelivery {
  readonly kind: "delivery";
  readonly at: number;
  readonly deliveryId: string;
  readonly turnId: string | null;
  /** The kind of its content. */
  readonly words: DeliveryKind;
  readonly state: DeliveryState;
  readonly route: Route | null;
  readonly messages: readonly unknown[];
  readonly attempts: number;
  readonly reason: string | null;
  readonly evidence: string | null;
  readonly resentBecause: string | null;
  readonly platformMessageIds: readonly string[];
  readonly bundledInto: string | null;
  readonly stateSince: number;
  readonly discardedAt: number | null;
  /** When the gateway tries it by itself. */
  readonly dueAt: number | null;
  /** Deadline of a proactive message. */
  readonly deliverBy: number | null;
  /** When it first had to wait for a free route, and when an attempt first had an unknown outcome. */
  readonly parkedSince: number | null;
  readonly unknownSince: number | null;
  /** Why its newest attempt took that route and not a cheaper one. */
  readonly routeReason: string | null;
  /** Retention deleted the messages, and the responses of its attempts. */
  readonly bodiesDeleted: boolean;
}

/** Without the request itself: it may contain a reply token. */
export interface TranscriptAttempt {
  readonly kind: "attempt";
  readonly at: number;
  readonly deliveryId: string;
  readonly attempt: number;
  readonly route: Route;
  /** Why this route and not a cheaper one. */
  readonly routeReason: string | null;
  readonly endedAt: number | null;
  /** `null` while the call is on its way. */
  readonly outcome: SendOutcomeKind | null;
  readonly reason: string | null;
  readonly status: number | null;
  /** The platform's answer, cut to a few hundred characters. */
  readonly response: string | null;
  readonly requestId: string | null;
  readonly acceptedRequestId: string | null;
}

export interface TranscriptReceipt {
  readonly kind: "receipt";
  readonly at: number;
  readonly deliveryId: string;
  readonly platformMessageId: string;
  readonly status: ReceiptStatus;
  /** By the platform's clock. */
  readonly saidAt: number;
  readonly detail: string | null;
}

export interface TranscriptAction extends RecordedAction {
  readonly kind: "action";
}

export interface RecordedAction {
  readonly at: number;
  readonly actionId: string;
  /** Name of the admin token used, `loopback` where none is required, or `cli`. */
  readonly actor: string;
  readonly action: RecordedActionKind;
  readonly item: ItemKind | "account" | "conversation";
  /** Of a turn, a delivery or a conversation; `<channel>/<account>` of an account. */
  readonly id: string;
  /** `null` for an account. */
  readonly conversationId: string | null;
  readonly from: TurnState | DeliveryState | AccountStatus | ConversationStatus;
  readonly to: TurnState | DeliveryState | AccountStatus | ConversationStatus;
}

export interface Found {
  readonly kind: "conversation" | "event" | ItemKind;
  readonly id: string;
  readonly conversation: Conversation;
}

export interface FoundRequests {
  readonly found: readonly Found[];
  /** Older attempts weren't read; `null`: all were. */
  readonly since: number | null;
}

export interface OperatorOrder {
  /** Idempotency key, chosen by the client. A repeat changes nothing and gets the first result. */
  readonly actionId: string;
  readonly actor: string;
  readonly action: OperatorAction;
  /** Of a turn or a delivery. */
  readonly id: string;
  /** Replay a turn though a part of its answer was sent: the person may read that part twice. Default false. */
  readonly force?: boolean;
}

export type Operated =
  | {
      readonly kind: "done";
      readonly item: ItemKind;
      readonly from: TurnState | DeliveryState;
      readonly to: TurnState | DeliveryState;
      readonly conversation: Conversation;
      readonly route: Route | null;
      /** A repeat under the same action id: nothing was changed. */
      readonly isRepeated: boolean;
    }
  | { readonly kind: "refused"; readonly why: Refusal; readonly state: TurnState | DeliveryState }
  | { readonly kind: "no-such-item" }
  /** The action id was used for another action on the same item. */
  | { readonly kind: "other-action"; readonly action: OperatorAction };

interface ConversationOrderFacts {
  readonly conversationId: string;
  /** Idempotency key, chosen by the client. */
  readonly actionId: string;
  readonly actor: string;
}

/** `forMs`: how long the bot is silent from now on; a pause that ends later stays. */
export type ConversationOrder =
  | (ConversationOrderFacts & { readonly action: "pause"; readonly forMs: number })
  | (ConversationOrderFacts & { readonly action: "resume" });

export type ConversationOperated =
  | {
      readonly kind: "done";
      readonly conversation: Conversation;
      /** As it is now, epoch ms; `null`: the bot answers. */
      readonly pausedUntil: number | null;
      /** A repeat under the same action id: nothing was changed. */
      readonly isRepeated: boolean;
    }
  | { readonly kind: "no-such-conversation" }
  /** There is no pause to end. */
  | { readonly kind: "not-paused" }
  /** The action id was used for the other action on the same conversation. */
  | { readonly kind: "other-action"; readonly action: RecordedActionKind };

/** An account of which nothing has been recorded. */
export function workingAccount(channel: string, account: string): AccountState {
  return {
    channel,
    account,
    status: "working",
    stopped: null,
    check: null,
    held: 0,
    slowUntil: null,
    isOutOfQuota: false,
    receipts: null,
    templateRefused: null,
  };
}

export interface AccountOrder {
  /** Idempotency key, chosen by the client. */
  readonly actionId: string;
  readonly actor: string;
  readonly channel: string;
  readonly account: string;
}

export type AccountStarted =
  /** `isRepeated`: it was done before, under the same action id. */
  { readonly kind: "started"; readonly isRepeated: boolean } | { readonly kind: "not-stopped" };

export interface AccountState {
  readonly channel: string;
  readonly account: string;
  readonly status: AccountStatus;
  /** Why and since when nothing is sent; `null` unless it is stopped. */
  readonly stopped: { readonly reason: string; readonly at: number } | null;
  /** When the platform is asked about it next, how often it was, and what it said; `null` unless it is stopped. */
  readonly check: { readonly nextAt: number; readonly made: number; readonly said: string | null } | null;
  /** Deliveries that wait for it, up to `WAITING_COUNT_MAX`; 0 while it works. */
  readonly held: number;
  /** The platform refuses paid messages for the quota. */
  readonly isOutOfQuota: boolean;
  /** Whether its receipts arrive, as of `now` (`areReceiptsFlowing`); `null`: none was ever expected. */
  readonly receipts: (ReceiptFlow & { readonly now: number }) | null;
  /** Rate limited until then (epoch ms); `null`: it isn't. */
  readonly slowUntil: number | null;
  /** Why its own template, for texts after the window, can't be sent at all; `null`: nothing is known against it. */
  readonly templateRefused: { readonly reason: string; readonly at: number } | null;
}
