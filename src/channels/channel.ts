import type { ConversationRef } from "../core/conversation.ts";
import type { AttemptReport, RecordedCall, Route } from "../core/delivery.ts";
import type { EventContent, InboundEvent, InboundMessage, TurnEvent } from "../core/event.ts";
import type { Finding } from "../core/finding.ts";
import type { InboundReceipt } from "../core/inbound-receipt.ts";
import type { Reply } from "../core/reply.ts";
import type { SystemMessageKind } from "../core/slow-reply.ts";

declare const verified: unique symbol;

/** A webhook body whose signature was right. Only a channel's `verify` makes one, and `normalize` takes nothing else. */
export type Verified = { readonly body: Uint8Array; readonly [verified]: true };

export function asVerified(body: Uint8Array): Verified {
  return { body } as Verified;
}

/** A body that was signed but isn't what the platform promises to send: 400. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** A reply that this platform has no way to say. The message names the field, what was read and what is allowed. */
export class Unrenderable extends Error {
  override readonly name = "Unrenderable";
}

export interface Normalized {
  readonly events: readonly InboundEvent[];
  /** Events that are stored nowhere: a console's test with a dummy token. */
  readonly ignored: number;
  /** What the platform says of messages that we sent. Default: none. */
  readonly receipts?: readonly InboundReceipt[];
  /** Identities (see `Channel.identity`) that parts of the body are for and that aren't this channel's. Default: none. */
  readonly elsewhere?: readonly string[];
}

/** One platform, for one of our identities on it. */
export interface Channel {
  readonly name: string;
  readonly account: string;
  /** The platform's own id of our identity, where its webhooks name it: a page, a phone number. Default: they don't. */
  readonly identity?: string;
  /** Largest webhook body, in bytes. */
  readonly bodyLimitBytes: number;
  /** The platform takes a webhook for lost when it isn't answered within this time, in ms. */
  readonly ackBudgetMs: number;
  /** The longest that a call can take, connecting and answering, in ms. */
  readonly callLimitMs: number;
  /** What a reply token is worth; `null` when the platform has none. */
  readonly token: { readonly marginMs: number } | null;
  /** The route when no token is alive. */
  readonly paidRoute: Exclude<Route, "reply">;
  /** How long the platform remembers a retry key (ms); `null` when it knows none. */
  readonly retryKeyLifeMs: number | null;

  /**
   * The answer to a webhook's `GET`, by which some platforms check that its address is ours; `null` refuses it: 403.
   * Default: the platform asks no such thing.
   */
  readonly handshake?: (query: URLSearchParams) => string | null;
  /** Over the raw bytes, in constant time. `null`: wrong or missing signature. */
  verify(body: Uint8Array, headers: Headers): Verified | null;
  /** Throws `Malformed`. Unknown types and fields never fail. */
  normalize(webhook: Verified): Normalized;
  /** How many messages one call takes. */
  readonly messagesPerCall: number;
  /** The replies of one turn as platform messages, in order. Throws `Unrenderable` for one that can't be said here. */
  render(replies: readonly Reply[], context: RenderContext): Rendered;
  /**
   * On a platform that lets us write only for a while after the person did (`paidRoute: "session"`): true for messages
   * that may go at any time, by the route `template`. Default: none may.
   */
  readonly needsNoWindow?: (messages: readonly unknown[]) => boolean;
  /** True for messages that `buildCall` can put into a template of the account's, for outside the window. Default: none. */
  readonly templateInstead?: (messages: readonly unknown[]) => boolean;
  /** The exact request of one delivery on one route. Pure. */
  buildCall(delivery: OutboundDelivery, chosen: { route: Route; token: string | null }): RecordedCall;
  /**
   * How long (ms) what comes behind a message waits for its arrival, on a platform that doesn't keep the order of
   * messages sent at once. Default 0: not at all.
   */
  readonly awaitDeliveredMs?: number;
  /** Makes the call, once. Never throws for what a platform or a network can do: that is an outcome. */
  send(call: RecordedCall, route: Route): Promise<AttemptReport>;
  /** Content that only we can fetch; absent when the platform has none. */
  readonly media?: Media;
  /** Who people are; absent when the platform doesn't say. */
  readonly profiles?: Profiles;
  /** What the platform would refuse in a call with these messages, naming the field; `null`: nothing that we know of. */
  problemWith(messages: readonly unknown[]): string | null;
  /** What a paid message costs, and what may be done to save it; `null` where nothing is counted. */
  readonly costPolicy: CostPolicy | null;
  /** "Read" and "is typing"; `null` where the platform has no such sign, or it is switched off. */
  readonly typingIndicator: TypingIndicator | null;
  /**
   * For `turnpike doctor`: what the platform says of this account. It changes nothing, sends nobody anything, and never
   * rejects for what a platform or a network can do. Default: there is nothing to ask.
   */
  readonly diagnostics?: () => Promise<readonly Finding[]>;
  /** What must never be read by anybody, current tokens included: it is taken out of logs and errors. Default: nothing. */
  readonly secrets?: () => readonly string[];
  /** Ends the connections. */
  close(): Promise<void>;
}

/** What a reply may refer to. */
export interface RenderContext {
  /** The message of the answered turn that has this id, as `normalize` made it; `null` when there is none. */
  message(id: string): InboundMessage | null;
}

export interface Rendered {
  readonly messages: readonly unknown[];
  /** What is said in another way than the agent said it, a sentence each, for the log: without the agent's words. */
  readonly adapted: readonly string[];
}

/** Pictures, films and files that people sent: agents get a signed link to us, and we stream what it names. */
export interface Media {
  /** Signs the links. Derived from the account's own secret, so that links outlive a restart and no two accounts share one. */
  readonly linkKey: Uint8Array;
  /** Our reference to an event's content; `null` when it has none that must be fetched. Pure. */
  referenceOf(content: EventContent): string | null;
  /**
   * Opens the content from the platform's own host: the reference only names it, and an odd one is `gone`. Never throws
   * for what a platform or a network can do. When `signal` is aborted nobody waits for it any more.
   */
  open(reference: string, signal: AbortSignal): Promise<MediaOutcome>;
}

export type MediaOutcome =
  | {
      readonly kind: "content";
      readonly body: ReadableStream<Uint8Array>;
      /** `image/jpeg`. */
      readonly type: string;
      /** In bytes; `null` when the platform doesn't say. */
      readonly size: number | null;
    }
  /** The platform is still working on it. */
  | { readonly kind: "preparing" }
  /** The platform has it no more, or never had. */
  | { readonly kind: "gone" }
  /** The platform can't be reached, or is unwell. */
  | { readonly kind: "unavailable"; readonly reason: string };

export interface Profiles {
  /** The name of somebody in that conversation; `null` when it isn't known. Remembers; may take a call; never throws. */
  nameOf(conversation: ConversationRef, personId: string): Promise<string | null>;
}

/** How an account saves its paid messages. */
export interface CostPolicy {
  /** A paid message that would leave fewer of the month's than this isn't sent: its delivery is parked. */
  readonly reserve: number;
  /** Whether groups and rooms get paid messages, which cost one for each member. */
  readonly paidInGroups: boolean;
  /** Asks what is left of the month's paid messages; `null`: no limit. Rejects with a reason for the log. */
  left(): Promise<number | null>;
  /** Asks how many paid messages one to that conversation costs. Rejects with a reason for the log. */
  costOf(conversation: ConversationRef): Promise<number>;
  /** Spend a turn's last free answer on a button when the agent is slow; `null`: pay when the answer is there. */
  readonly slowReply: SlowReply | null;
  /** System messages around such a button, as the platform's messages. Pure. Buttons outlive the setting. */
  systemMessage(kind: SystemMessageKind, callbackToken: string): readonly unknown[];
}

/** See `core/slow-reply.ts`. */
export interface SlowReply {
  /** How long after a reply token came (ms) it is spent on the button, if the agent is still at work. */
  readonly afterMs: number;
  readonly inGroups: boolean;
  /** How long an answer waits for the tap (ms) before it is paid for; `null`: for ever. */
  readonly pushAfterMs: number | null;
  /** How long a button without an answer is good for, in ms. */
  readonly expiresAfterMs: number;
}

/**
 * Typing indicator and read mark beside the answer. Best effort: no answer waits for one, and one that is lost costs nothing. Both
 * methods resolve when the platform has it, or when there is nothing to give for that target, and reject otherwise,
 * with a reason for the log; a call is made once.
 */
export interface TypingIndicator {
  /** How often `working` is given again while the agent works (ms): a little less than the platform shows it. */
  readonly refreshMs: number;
  /** How many of these calls a second the account may make. What is beyond is left out, not queued. */
  readonly perSecond: number;
  /** The turn was handed over: what the person wrote is shown as read. */
  markRead(target: TypingIndicatorTarget): Promise<void>;
  /** The agent is at work: "is typing", a loading animation. */
  show(target: TypingIndicatorTarget): Promise<void>;
}

export interface TypingIndicatorTarget {
  readonly conversation: ConversationRef;
  /** The turn's last event. Its content has the platform's own fields, such as LINE's `message.markAsReadToken`. */
  readonly lastEvent: TurnEvent;
}

export interface OutboundDelivery {
  readonly deliveryId: string;
  readonly peerId: string;
  readonly messages: readonly unknown[];
  /** It answers something that the person did, and isn't a word of our own accord. Default true. */
  readonly isAnswer?: boolean;
  /** More of the same answer waits for the tap on a button with this callback token. Default: none does. */
  readonly more?: string | null;
}
