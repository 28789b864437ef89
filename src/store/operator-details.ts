/** Parts of what `Operator` tells of a conversation, an event and a turn. */
import type { Conversation } from "../core/conversation.ts";
import type { Sender, TurnEvent } from "../core/event.ts";
import type { ReplyTokenState } from "../core/reply-token.ts";
import type { SlowReplyState } from "../core/slow-reply.ts";
import type { TurnState } from "../core/turn.ts";
import type { ContextPolicy } from "./context-policy.ts";

export interface ConversationSummary {
  readonly conversation: Conversation;
  /** `null`: no turn was opened, or retention deleted them. */
  readonly newestTurn: { readonly turnId: string; readonly state: TurnState; readonly firstEventAt: number } | null;
  /** When the last event came, or the last message was sent. Where there is none, when the message that waits was queued. */
  readonly lastAt: number;
  /** Of that: `in` from the person, `out` to them; `null` where there is none. */
  readonly lastDirection: "in" | "out" | null;
  /** A turn or delivery is dead, or unknown for good; looked for in its 50 newest turns. */
  readonly needsOperator: boolean;
  /** As in `ConversationDetail`. */
  readonly pausedUntil: number | null;
  /** As in `ConversationDetail`. */
  readonly senders: readonly Sender[];
}

export interface ConversationDetail extends Conversation {
  /** `null`: the platform has no messaging window, or it was never open. */
  readonly windowEndsAt: number | null;
  /** The bot is silent until then, because a human agent answered or an operator paused it; `null`: never. It may have passed. */
  readonly pausedUntil: number | null;
  /** By which the platform knows the person, where ids change. */
  readonly peerIds: readonly PeerId[];
  /** Who wrote in the newest turns, and beside them; with the newest name that each had. */
  readonly senders: readonly Sender[];
}

export interface TurnQuery {
  readonly turnId: string;
  readonly context: ContextPolicy;
}

/** A turn as a claim hands it out. What its person has taken back since isn't in it. */
export interface TurnDetail {
  readonly turnId: string;
  readonly state: TurnState;
  readonly conversation: Conversation;
  readonly firstEventAt: number;
  readonly events: readonly TurnEvent[];
  readonly context: readonly TurnEvent[];
  /** By retention, or because the person was forgotten: of the turn, or of one of its events. */
  readonly contentDeleted: boolean;
}

export interface PeerId {
  readonly id: string;
  /** It may become another person's, as a phone number. */
  readonly isReassignable: boolean;
  /** Since when (by the platform's clock) the person is addressed by it; `null`: never. The newest counts. */
  readonly addressSince: number | null;
}

/** Never the token itself: it is worth an answer. */
export interface TranscriptReplyToken {
  readonly receivedAt: number;
  readonly expiresAt: number;
  /** Until when the platform guarantees it. */
  readonly guaranteedUntil: number;
  readonly state: ReplyTokenState;
  /** The one delivery that may use it, or did. */
  readonly deliveryId: string | null;
}

/** Its last reply token was spent on a button; the answer waits for the tap. */
export interface TranscriptSlowReply {
  readonly state: SlowReplyState;
  readonly promptedAt: number;
  /** Until when a button without an answer is valid. */
  readonly expiresAt: number;
  readonly readyAt: number | null;
  /** How long the answer waits for the tap before it is pushed; `null`: forever. */
  readonly pushAfterMs: number | null;
}
