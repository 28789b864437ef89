import type { AccountHealth } from "../core/account.ts";
import type { ConversationRef } from "../core/conversation.ts";
import type { AttemptReport, RecordedCall, Route } from "../core/delivery.ts";
import type { EventContent, InboundEvent, InboundMessage, TurnEvent } from "../core/event.ts";
import type { Finding } from "../core/finding.ts";
import type { InboundReceipt } from "../core/inbound-receipt.ts";
import type { Reply, UnsayableReply } from "../core/reply.ts";
import type { SystemMessageKind } from "../core/slow-reply.ts";

declare const verified: unique symbol;

/** A webhook body with a valid signature. Only `Channel.verify` makes one; `normalize` accepts nothing else. */
export type Verified = { readonly body: Uint8Array; readonly [verified]: true };

export function asVerified(body: Uint8Array): Verified {
  return { body } as Verified;
}

/** A body with a valid signature that isn't a webhook of the platform; answered with 400. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** A reply that this platform can't show. The message names the field, what was read and what is allowed. */
export class Unrenderable extends Error {
  override readonly name = "Unrenderable";
}

export interface Normalized {
  readonly events: readonly InboundEvent[];
  /** Number of events that aren't stored: a console's test with a dummy token. */
  readonly ignored: number;
  /** Receipts of messages that we sent. Default: none. */
  readonly receipts?: readonly InboundReceipt[];
  /** Other identities (see `Channel.identity`) that parts of the body are addressed to. Default: none. */
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
  /** Time limit for the answer to a webhook, in ms; the platform counts a later one as failed. */
  readonly ackBudgetMs: number;
  /** Longest duration of one platform call, connecting and answering, in ms. */
  readonly callLimitMs: number;
  /** Reply tokens: one that expires within `marginMs` is not used any more. `null`: the platform has none. */
  readonly token: { readonly marginMs: number } | null;
  /** Route of a delivery without a valid reply token. */
  readonly paidRoute: Exclude<Route, "reply">;
  /** How long the platform remembers a retry key, in ms; `null`: it has no retry keys. */
  readonly retryKeyLifeMs: number | null;

  /**
   * Answer to a webhook's `GET`, by which some platforms verify the address; `null` refuses it with 403. Default: the
   * platform has no such check.
   */
  readonly handshake?: (query: URLSearchParams) => string | null;
  /** Checks the signature over the raw bytes, in constant time. `null`: wrong or missing. */
  verify(body: Uint8Array, headers: Headers): Verified | null;
  /** Throws `Malformed`. Unknown types and fields never throw. */
  normalize(webhook: Verified): Normalized;
  readonly messagesPerCall: number;
  /** The replies of one turn as platform messages, in order. Throws `Unrenderable`. */
  render(replies: readonly Reply[], context: RenderContext): Rendered;
  /**
   * On a platform with a messaging window (`paidRoute: "session"`): true for messages that may be sent outside it, by
   * the route `template`. Default: none may.
   */
  readonly needsNoWindow?: (messages: readonly unknown[]) => boolean;
  /** True for messages that `buildCall` can put into the account's template, outside the window. Default: none. */
  readonly templateInstead?: (messages: readonly unknown[]) => boolean;
  /** The exact request of one delivery on one route. Pure. */
  buildCall(delivery: OutboundDelivery, chosen: { route: Route; token: string | null }): RecordedCall;
  /**
   * How long a message waits for the receipt `delivered` of the one before it, in ms, on a platform that doesn't keep
   * the order of messages sent at once. Default 0: not at all.
   */
  readonly awaitDeliveredMs?: number;
  /** Makes the call, once. Platform and network failures are outcomes; it never rejects for them. */
  send(call: RecordedCall, route: Route): Promise<AttemptReport>;
  /** Message content that only the gateway can fetch; absent when the platform has none. */
  readonly media?: Media;
  /** Display names of people; absent when the platform has no API for them. */
  readonly profiles?: Profiles;
  /**
   * What a person reads in one of our messages, in the platform's form, for when they quote it; `null` when it has no text.
   * Pure. Default: none has one.
   */
  readonly textOf?: (message: unknown) => string | null;
  /** The first thing in these messages that the platform would refuse, with its field; `null`: nothing known. */
  problemWith(messages: readonly unknown[]): string | null;
  /** Quota and cost of paid messages; `null` where the platform has no quota to ask for. */
  readonly costPolicy: CostPolicy | null;
  /** Typing indicator and read mark; `null` where the platform has neither, or both are switched off. */
  readonly typingIndicator: TypingIndicator | null;
  /**
   * Asks the platform about a stopped account, by a call that changes nothing and that no person sees. It never rejects. Default:
   * the platform has no such call, and only a delivery can tell.
   */
  readonly checkAccount?: () => Promise<AccountHealth>;
  /**
   * Checks of this account for `turnpike doctor`. Changes nothing, sends no message, and never rejects for a platform
   * or network failure. Default: no checks.
   */
  readonly diagnostics?: () => Promise<readonly Finding[]>;
  /** Secrets, current tokens included, that are redacted from logs and errors. Default: none. */
  readonly secrets?: () => readonly string[];
  close(): Promise<void>;
}

/** What rendering needs to know of the answered turn. */
export interface RenderContext {
  /** The message of the answered turn that has this id, as `normalize` made it; `null` when there is none. */
  message(id: string): InboundMessage | null;
}

export interface Rendered {
  readonly messages: readonly unknown[];
  /** What was rendered differently from the reply, a sentence each, for the log: without the reply's content. */
  readonly adapted: readonly string[];
  /** Replies that can't be said on this platform: each becomes a dead letter, and the others are sent. Default: none. */
  readonly unsayable?: readonly UnsayableReply[];
}

/** Images, videos and files that people send: agents get a signed link to the gateway, which streams the content. */
export interface Media {
  /** Signs the links. Derived from the account's secret: stable across restarts, different for each account. */
  readonly linkKey: Uint8Array;
  /** Reference to an event's content; `null` when there is nothing to fetch. Pure. */
  referenceOf(content: EventContent): string | null;
  /**
   * Opens the content from the platform's own host. A malformed reference is `gone`. Platform and network failures are
   * outcomes; it never rejects for them. `signal` is aborted when the content is no longer needed.
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
  /** The platform is still processing it. */
  | { readonly kind: "preparing" }
  /** The platform has deleted it, or never had it. */
  | { readonly kind: "gone" }
  /** The platform can't be reached, or answers with an error. */
  | { readonly kind: "unavailable"; readonly reason: string };

export interface Profiles {
  /** Display name of a person in that conversation; `null` when unknown. Cached; may make a call; never rejects. */
  nameOf(conversation: ConversationRef, personId: string): Promise<string | null>;
}

/** How an account limits its paid messages. */
export interface CostPolicy {
  /** A delivery that would leave less of the monthly quota than this is parked. Unit: paid messages. */
  readonly reserve: number;
  /** Whether paid messages are sent to groups and rooms, where each costs one per member. */
  readonly paidInGroups: boolean;
  /** Asks the platform for the monthly quota; `null`: no limit. Rejects with a reason for the log. */
  quota(): Promise<MonthlyQuota | null>;
  /** Asks how many paid messages one message to that conversation costs. Rejects with a reason for the log. */
  costOf(conversation: ConversationRef): Promise<number>;
  /** Use a turn's last reply token for a button when the agent is slow; `null`: send a paid message later. */
  readonly slowReply: SlowReply | null;
  /** A system message for a button, in the platform's form. Pure. Works with `slowReply` off, too: buttons remain. */
  systemMessage(kind: SystemMessageKind, callbackToken: string): readonly unknown[];
}

/** Unit: paid messages. */
export interface MonthlyQuota {
  readonly limit: number;
  readonly left: number;
}

/** See `core/slow-reply.ts`. */
export interface SlowReply {
  /** Delay after a reply token's arrival, in ms, until it is used for the button if the agent is still working. */
  readonly afterMs: number;
  readonly inGroups: boolean;
  /** How long an answer waits for the button callback before it is sent as a paid message, in ms; `null`: for ever. */
  readonly pushAfterMs: number | null;
  /** Lifetime of a button whose turn has no answer, in ms. */
  readonly expiresAfterMs: number;
}

/**
 * Typing indicator and read mark. Best effort: answers never wait for them, and a failed call isn't repeated. Both
 * methods resolve when the platform accepted the call or the target needs none, else reject with a reason for the log.
 */
export interface TypingIndicator {
  /** Interval of `show` while the agent works, in ms: a little less than the platform shows it. */
  readonly refreshMs: number;
  /** Maximum number of these calls a second for the account. Calls beyond it are dropped, not queued. */
  readonly perSecond: number;
  /** The agent has the turn: show the person's messages as read. */
  markRead(target: TypingIndicatorTarget): Promise<void>;
  /** The agent is working: show "is typing" or a loading animation. */
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
  /** False for a proactive message, true for an answer to something that the person did. Default true. */
  readonly isAnswer?: boolean;
  /** Callback token of a button that fetches the rest of the same answer. Default: there is no rest. */
  readonly more?: string | null;
}
