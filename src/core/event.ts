import type { ConversationRef, PeerIds } from "./conversation.ts";
import type { GrantedReplyToken } from "./reply-token.ts";

/**
 * What an event does to the conversation's turn.
 *
 * - `collect`: opens or extends the collecting turn, which waits for the person to pause.
 * - `collect-now`: the same, and the turn is due at once with what it has (a tapped button, a follow).
 * - `store`: kept and visible, but opens no turn (an unfollow, an unknown type, a chat that another app controls).
 */
export type EventEffect = "collect" | "collect-now" | "store";

/** State of a stored event. */
export const EVENT_STATES = ["accepted", "stored", "retracted", "skipped"] as const;
export type EventState = (typeof EVENT_STATES)[number];

export interface Sender {
  readonly id: string;
  readonly name: string | null;
}

export interface InboundMessage {
  readonly id: string;
  /** `text`, `image`, `sticker` … : the platform's type, in lower case. */
  readonly type: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

/** The message that an event answers: the person quoted it, or tapped something in it. */
export interface QuotedMessage {
  /** The platform's id of it. */
  readonly messageId: string;
  /**
   * Whose it is: a person's, or the bot's (also a colleague's, who answered in its place). Absent, with all below, when the
   * gateway doesn't hold it: it is older than the retention of content, was retracted or forgotten, or never came here.
   */
  readonly role?: "user" | "assistant";
  /** A person's message's type: `text`, `image` … */
  readonly type?: string;
  /** What it says; absent when it has no text. */
  readonly text?: string;
  /** A signed link to a person's picture, video, sound or file. */
  readonly contentUrl?: string;
}

/** The part of an event that an agent reads, in our own form. At most one of `message`, `postback` and `details` is there. */
export interface EventContent {
  /** Only its id in a stored event; the rest is looked up for each agent call, so that nothing is kept twice. */
  readonly quoted?: QuotedMessage;
  readonly message?: InboundMessage;
  readonly postback?: { readonly data: string; readonly params?: Readonly<Record<string, string>> };
  /** Details of any other type, under the platform's names. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Makes `EventContent.quoted` of a platform's id of the quoted message; nothing of `null`. */
export function quoting(messageId: string | null): Pick<EventContent, "quoted"> {
  return messageId === null ? {} : { quoted: { messageId } };
}

/**
 * The person took an earlier message back, or gave it another wording. `of` is a dedup key of that message.
 *
 * The new wording is the event's own `content.message`. `version` grows with each edit of a message: the edits may arrive
 * in any order, and the newest counts.
 */
export type Revision =
  | { readonly kind: "retract"; readonly of: string }
  | { readonly kind: "edit"; readonly of: string; readonly version: number };

/** Place in a set whose size is known. Parts may arrive in any order, each in a webhook of its own. */
export interface SetPart {
  /** The platform's id of the set. */
  readonly setId: string;
  /** From 1 to `total`. */
  readonly index: number;
  readonly total: number;
}

/** One normalized inbound event, as a channel made it and before it is stored. */
export interface InboundEvent {
  readonly conversation: ConversationRef;
  /** The peer's ids, on a platform where they change. Default: `conversation.peerId` is the only one, for ever. */
  readonly peerIds?: PeerIds | undefined;
  /** The platform's own id of this event, for search and logs. */
  readonly platformEventId: string;
  /** Each of them must be new, within channel and account, or the event is a duplicate. */
  readonly dedupKeys: readonly [string, ...string[]];
  /** `message`, `postback`, `follow` … ; `other` for what we don't know. */
  readonly type: string;
  readonly effect: EventEffect;
  /** When it happened, by the platform's clock (epoch ms). */
  readonly sentAt: number;
  /** The platform says that it sent this before. Never a reason to drop it: we may not have seen that copy. */
  readonly redelivered: boolean;
  readonly sender: Sender | null;
  readonly content: EventContent;
  readonly token: GrantedReplyToken | null;
  /** What it does to an earlier event of its conversation; `null`: nothing. See `core/revision.ts`. */
  readonly revises: Revision | null;
  /** It is one of several that the person sent in one act, as an image of an album. Default: it stands alone. */
  readonly part?: SetPart;
  /**
   * Messaging window: how long after the event (ms) the platform lets us write to the person; a later event may only
   * prolong it. Default: none, as on a platform without one.
   */
  readonly windowMs?: number;
  /**
   * Handover: our side answered by hand, and the bot pauses. `maybe-greeting`: it may also be the automatic greeting that
   * the platform sends after a person's first message. Default: it didn't.
   */
  readonly answeredBy?: "human" | "maybe-greeting";
  /** A tap on one of the gateway's own buttons: the button's callback token. No agent sees it. Default: none. */
  readonly callbackToken?: string | null;
  /** The event as the platform sent it. */
  readonly raw: unknown;
}

/** An event of a sealed turn, as the agent gets it. */
export interface TurnEvent {
  readonly eventId: string;
  readonly platformEventId: string;
  readonly type: string;
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly redelivered: boolean;
  readonly sender: Sender | null;
  readonly content: EventContent;
}

/** The texts of a turn, one a line: what most agents want to read. */
export function joinTexts(events: readonly TurnEvent[]): string {
  return events
    .map((event) => event.content.message?.text)
    .filter((text): text is string => text !== undefined && text !== "")
    .join("\n");
}
