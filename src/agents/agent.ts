import type { ConversationRef } from "../core/conversation.ts";
import type { Route } from "../core/delivery.ts";
import type { TurnEvent } from "../core/event.ts";
import type { Reply } from "../core/reply.ts";
import type { ClaimedTurn } from "../core/turn.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Random } from "../runtime/random.ts";
import type { SocketEndpoint } from "./socket.ts";

/** The bot program, as the pipeline sees it. Only the first four are needed. */
export interface Agent {
  readonly name: string;
  /**
   * Whether this process can reach it, for turns of `account` (`<channel>/<account>`) or for any. While it can't, turns
   * wait: none is claimed.
   */
  isReachable(account?: string): boolean;
  /**
   * Hands over a turn. Never throws for what an agent can do: that is an outcome. An aborted `signal` means that the
   * lease is lost, the time is up or the turn was answered by another way; whatever comes back then is not looked at.
   */
  invoke(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome>;
  close(): Promise<void>;

  /** How many more turns it takes now. Default: as many as there are. */
  room?(): number;
  /** Called once, before the gateway starts, for an agent that speaks up by itself. */
  attach?(host: AgentHost): void;
  /** Where such an agent connects. */
  readonly endpoints?: readonly SocketEndpoint[];
  /** What must never be read by anybody: it is taken out of logs and errors. Default: nothing. */
  readonly secrets?: () => readonly string[];
}

export type AgentOutcome =
  /** Ends the turn; without replies, too. */
  | { readonly kind: "answered"; readonly replies: readonly Reply[] }
  /** The answer comes later, through the reply API. */
  | { readonly kind: "accepted" }
  /** Try again later. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs: number }
  /** It will never answer this turn. */
  | { readonly kind: "rejected"; readonly reason: string }
  /** Nobody took it. It waits on, at least that long, and that counts as no failure. */
  | { readonly kind: "returned"; readonly reason: string; readonly afterMs: number };

/** What the gateway lends to an agent that speaks up by itself. */
export interface AgentHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** `<channel>/<account>` of each that is configured. */
  readonly accounts: readonly string[];
  /** Resolves after that many ms, or when the gateway ends. */
  pause(ms: number): Promise<void>;
  /** How long an agent may be silent about a turn that it has, in ms. */
  readonly leaseMs: number;
  /** Replies to a turn, by its id and fence. */
  answer(replies: DeferredReplies): Promise<AnswerTaken>;
  /** Words that answer no turn, to a conversation that we know. */
  post(message: ProactiveMessage): Promise<MessageTaken>;
  /**
   * What a person sent besides text, whole, if it isn't longer than that. Waits its turn, and a while for a platform that is
   * still preparing it. Never throws.
   */
  readContent(turn: ClaimedTurn, event: TurnEvent, limitBytes: number): Promise<ContentRead>;
  /** It can take more turns than a moment ago. */
  wake(): void;
  /** One more connection, or (-1) one less. */
  countConnections(change: 1 | -1): void;
}

export type ContentRead =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly type: string }
  /** `size` in bytes, when the platform says it before it sends. */
  | { readonly kind: "too-long"; readonly size: number | null }
  | { readonly kind: "gone" }
  | { readonly kind: "preparing" }
  | { readonly kind: "unavailable"; readonly reason: string }
  /** The platform doesn't keep it, or there is nothing but text. */
  | { readonly kind: "elsewhere" };

export interface DeferredReplies {
  readonly turnId: string;
  readonly fence: number;
  readonly replies: readonly Reply[];
  readonly done: boolean;
  /** The agent's own name for these within the turn: a repeat is taken once. `null`: it has none. */
  readonly key: string | null;
}

/** Words that answer no turn. */
export interface ProactiveMessage {
  readonly to: Pick<ConversationRef, "channel" | "account" | "peerId">;
  readonly replies: readonly Reply[];
  /** The sender's own name for it: taken once in its conversation. `null`: it has none. */
  readonly key: string | null;
  /** Not sent by then (epoch ms), it is dead instead of late; `null`: it always goes out. */
  readonly deliverBy: number | null;
}

export type MessageTaken =
  | {
      readonly kind: "taken";
      readonly deliveryIds: readonly string[];
      readonly repeated: boolean;
      /**
       * The route that each delivery would take now, in their order. What happens until then may change it. `null`: the
       * platform is known to refuse it, so it isn't sent.
       */
      readonly routes: readonly (Route | null)[];
    }
  /** That channel and account are not configured. */
  | { readonly kind: "no-such-channel" }
  /** Nobody has ever written to us from there. */
  | { readonly kind: "no-such-conversation" }
  | { readonly kind: "too-late" }
  | { readonly kind: "unsayable"; readonly reason: string }
  | { readonly kind: "unavailable" };

export type AnswerTaken =
  | { readonly kind: "taken"; readonly deliveryIds: readonly string[]; readonly repeated: boolean }
  /** The turn was answered, or handed out again with a higher fence. */
  | { readonly kind: "fenced"; readonly state: string }
  | { readonly kind: "no-such-turn" }
  /** The platform can't say one of them. */
  | { readonly kind: "unsayable"; readonly reason: string }
  /** The store is unavailable: the same again, later. */
  | { readonly kind: "unavailable" };
