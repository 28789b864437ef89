import type { AccountStatus } from "../core/account.ts";
import type { Conversation, ConversationKind } from "../core/conversation.ts";
import type { DeliveryState, Route } from "../core/delivery.ts";
import type { EventContent } from "../core/event.ts";
import type { ItemAction, OperatorAction, Refusal } from "../core/operator-action.ts";
import type { ReceiptFlow } from "../core/receipt.ts";
import type { TurnState } from "../core/turn.ts";
import type { WaitingState, WaitReason } from "../core/waiting.ts";
import type { ConversationDetail, ConversationSummary, TurnDetail, TurnQuery } from "./operator-details.ts";
import type { ItemKind, RecordedAction, TranscriptEntry } from "./operator-transcript.ts";

/**
 * The operator's view and actions, for the console, the admin API and `turnpike dead`. Part of every `Store`; the
 * admin API's client implements the part that commands need (`OperatorClient`). Lists contain no message content.
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
   * One turn or delivery with its transcript and message content; `null` when there is none of that id. `unknownWaitMs`: see
   * `WaitingQuery`.
   */
  readItem(id: string, unknownWaitMs?: number): Promise<ItemDetail | null>;
  /** One turn with message content, as its agent gets it, to be given to another; `null` when there is none of that id. */
  readTurn(query: TurnQuery): Promise<TurnDetail | null>;
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

/** `operator`: what an operator may want to act on (`LISTED_STATES`). `all`: every row that `Store.countWaiting` counts. */
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
  /** Only items that wait since then or later (epoch ms). */
  readonly since: number | null;
  /** Only items that wait since before then (epoch ms). Default: whenever. */
  readonly until?: number | null;
  /** Only what waits for one of these. Default: for whatever. */
  readonly why?: readonly WaitReason[];
  /**
   * How long an unknown delivery that is tried again may keep others behind it, as in `DueDeliveries`. It only decides
   * whether `why` is `behind`. Default 0: it keeps none.
   */
  readonly unknownWaitMs?: number;
}

interface ItemFacts {
  readonly id: string;
  readonly conversation: Conversation;
  /** From when it waits (epoch ms), as `Store.countWaiting` counts it: of what alternates between states, since it first was in this one. */
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
  readonly waitsForAccount: boolean;
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

export interface Found {
  readonly kind: "conversation" | "event" | ItemKind;
  readonly id: string;
  readonly conversation: Conversation;
}

export interface FoundRequests {
  readonly found: readonly Found[];
  /** All calls for messages that were queued since then were read, of older ones not all; `null`: all were. */
  readonly since: number | null;
}

export interface OperatorOrder {
  /** Idempotency key, chosen by the client. A repeat changes nothing and gets the first result. */
  readonly actionId: string;
  readonly actor: string;
  readonly action: ItemAction;
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
  | { readonly kind: "other-action"; readonly action: ItemAction };

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
  | { readonly kind: "other-action"; readonly action: OperatorAction };

/** An account of which nothing has been recorded. */
export function workingAccount(channel: string, account: string): AccountState {
  return {
    channel,
    account,
    status: "working",
    stopped: null,
    check: null,
    waiting: 0,
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
  readonly waiting: number;
  /** The platform refuses paid messages for the quota. */
  readonly isOutOfQuota: boolean;
  /** Whether its receipts arrive, as of `now` (`areReceiptsFlowing`); `null`: none was ever expected. */
  readonly receipts: (ReceiptFlow & { readonly now: number }) | null;
  /** Rate limited until then (epoch ms); `null`: it isn't. */
  readonly slowUntil: number | null;
  /** Why its own template, for texts after the window, can't be sent at all; `null`: nothing is known against it. */
  readonly templateRefused: { readonly reason: string; readonly at: number } | null;
}
