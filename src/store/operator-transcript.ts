/** Types of what `Operator` tells of all that happened in a conversation, or to one turn or delivery. */
import type { AccountStatus } from "../core/account.ts";
import type { ConversationStatus } from "../core/conversation.ts";
import type { DeliveryState, Route, SendOutcomeKind } from "../core/delivery.ts";
import type { EventContent, EventState, Sender } from "../core/event.ts";
import type { OperatorAction } from "../core/operator-action.ts";
import type { ReceiptStatus } from "../core/receipt.ts";
import type { RouteReason } from "../core/route-reason.ts";
import type { DeliveryKind } from "../core/slow-reply.ts";
import type { TurnState } from "../core/turn.ts";
import type { TranscriptReplyToken, TranscriptSlowReply } from "./operator-details.ts";

export type ItemKind = "turn" | "delivery";

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
  readonly contentDeleted: boolean;
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
  readonly contentDeleted: boolean;
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
  readonly routeReason: RouteReason | null;
  /** Retention deleted the messages, and the responses of its attempts. */
  readonly contentDeleted: boolean;
}

/** Without the request itself: it may contain a reply token. */
export interface TranscriptAttempt {
  readonly kind: "attempt";
  readonly at: number;
  readonly deliveryId: string;
  readonly attempt: number;
  readonly route: Route;
  /** Why this route and not a cheaper one. */
  readonly routeReason: RouteReason | null;
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
  readonly action: OperatorAction;
  readonly item: ItemKind | "account" | "conversation";
  /** Of a turn, a delivery or a conversation; `<channel>/<account>` of an account. */
  readonly id: string;
  /** `null` for an account. */
  readonly conversationId: string | null;
  readonly from: TurnState | DeliveryState | AccountStatus | ConversationStatus;
  readonly to: TurnState | DeliveryState | AccountStatus | ConversationStatus;
}
