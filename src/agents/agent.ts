import type { AccountKey, ConversationKind, ConversationRef } from "../core/conversation.ts";
import type { Route } from "../core/delivery.ts";
import type { TurnEvent } from "../core/event.ts";
import type { ReadReplies, Reply } from "../core/reply.ts";
import type { ClaimedTurn } from "../core/turn.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Random } from "../runtime/random.ts";
import type { SocketEndpoint } from "./socket.ts";

/** A bot program, as the pipeline calls it. Only the first four members are required. */
export interface Agent {
  readonly name: string;
  /**
   * Whether this process can reach it, for turns of that account or of any. While it can't, no turn is claimed.
   */
  isReachable(accountKey?: AccountKey): boolean;
  /**
   * Gives it a turn. Failures of the agent are outcomes; it never rejects for them. `signal` is aborted when the lease
   * is lost, the timeout has passed or the turn was answered otherwise; the result is then ignored.
   */
  invoke(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome>;
  close(): Promise<void>;

  /** Free capacity, in turns. Default: unlimited. */
  freePlaces?(): number;
  /** Free capacity for turns that have failed before. Default: as `freePlaces`. */
  freePlacesForFailed?(): number;
  /** Its circuit breakers, an entry each; of several agents those of all. Default: it has none. */
  readonly breakers?: () => readonly AgentBreaker[];
  /** How it is reached, for the admin API; of several agents the transports of all. Default: an agent of your own. */
  readonly transports?: readonly AgentTransport[];
  /** Those that have connected to it, an entry each. Default: none connect. */
  readonly instances?: () => readonly ConnectedAgent[];
  /** Where it is several agents: each has places of its own, so that one that hangs takes none of the others'. */
  readonly parts?: readonly AgentPart[];
  /** Agents that get no turns, but ended ones once more when an operator rehearses them. Default: none. */
  readonly rehearsals?: readonly RehearsalAgent[];
  /** Called once, before the gateway starts, for an agent that calls the gateway itself. */
  attach?(host: AgentHost): void;
  /** WebSocket endpoints to which such an agent connects. */
  readonly endpoints?: readonly SocketEndpoint[];
  /** Secrets that are redacted from logs and errors. Default: none. */
  readonly secrets?: () => readonly string[];
}

export const BREAKER_STATES = ["closed", "open", "half-open"] as const;
/** Drawn in `breaker.ts`. */
export type BreakerState = (typeof BREAKER_STATES)[number];

export interface AgentBreaker {
  /** Name of its agent; behind routes the name that these use. */
  readonly agent: string;
  readonly state: BreakerState;
}

export const AGENT_TRANSPORTS = ["http", "websocket", "openab", "in-process", "none", "custom"] as const;
/** `none`: no agent is configured. `custom`: an agent of your own, in this process. */
export type AgentTransport = (typeof AGENT_TRANSPORTS)[number];

export const transportsOf = ({ transports }: Agent): readonly AgentTransport[] => transports ?? ["custom"];

/** A connected bot program. */
export interface ConnectedAgent {
  readonly transport: AgentTransport;
  readonly name: string;
  /** Its own id, which it keeps when it connects again; `null`: it has none. */
  readonly instance: string | null;
  /** Its credit that is left: how many more turns it takes now. */
  readonly freePlaces: number;
  /** Turns that it has. */
  readonly turns: number;
}

/** One of several agents behind a gateway, and whose turns it gets. */
export interface AgentPart {
  /** Unique among them. */
  readonly name: string;
  readonly agent: Agent;
  /** Conversations of that account and kind. */
  serves(accountKey: AccountKey, kind: ConversationKind): boolean;
}

/** Its answers are shown to an operator and never sent. */
export type RehearsalAgent = Pick<Agent, "name" | "invoke">;

export type AgentOutcome =
  /** Ends the turn; without replies, too. */
  | ({ readonly kind: "answered" } & ReadReplies)
  /** The answer comes later, through the reply API. */
  | { readonly kind: "accepted" }
  /** Try again later. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs: number }
  /** Permanent failure: the turn is dead. */
  | { readonly kind: "rejected"; readonly reason: string }
  /** No agent took it. Offered again after `afterMs`; not counted as a failed attempt. */
  | { readonly kind: "returned"; readonly reason: string; readonly afterMs: number };

/**
 * The turn had left to an agent when its connection ended. The first time it is offered again at once, because an agent that
 * restarts has refused nothing; then it counts as a failure: it may be this turn that ends the connection.
 */
export function connectionEnded(turn: ClaimedTurn, reason: string): AgentOutcome {
  return turn.attempt === 1
    ? { kind: "returned", reason, afterMs: 0 }
    : { kind: "failed", reason: `${reason} again`, retryAfterMs: 0 };
}

/** The gateway's interface for agents that call it themselves. */
export interface AgentHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Configured accounts. */
  readonly accountKeys: readonly AccountKey[];
  /** Resolves after that many ms, or when the gateway stops. */
  pause(ms: number): Promise<void>;
  /** How long an agent may hold a turn without activity, in ms. */
  readonly leaseMs: number;
  /** Replies to a turn, by its id and fence. */
  answer(replies: DeferredReplies): Promise<DeferredReplyResult>;
  /** A proactive message to a known conversation. */
  post(message: ProactiveMessage): Promise<ProactiveMessageResult>;
  /**
   * Reads the media content of an event, up to `limitBytes`. Queues for a free place, and waits a while for a platform
   * that is still processing the content. Never rejects.
   */
  readContent(turn: ClaimedTurn, event: TurnEvent, limitBytes: number): Promise<ContentRead>;
  /** Free capacity has grown: claim turns now. */
  wake(): void;
  /** Updates the metric of open connections. */
  countConnections(change: 1 | -1): void;
}

export type ContentRead =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly type: string }
  /** `size` in bytes; `null`: the platform doesn't announce it. */
  | { readonly kind: "too-long"; readonly size: number | null }
  | { readonly kind: "gone" }
  | { readonly kind: "preparing" }
  | { readonly kind: "unavailable"; readonly reason: string }
  /** Not at the platform, or the event has no media content. */
  | { readonly kind: "elsewhere" };

export interface DeferredReplies extends ReadReplies {
  readonly turnId: string;
  readonly fence: number;
  readonly done: boolean;
  /** Idempotency key within the turn; `null`: none. */
  readonly key: string | null;
}

/** A message that answers no turn. */
export interface ProactiveMessage {
  readonly to: Pick<ConversationRef, "channel" | "account" | "peerId">;
  readonly replies: readonly Reply[];
  /** Idempotency key within the conversation; `null`: none. */
  readonly key: string | null;
  /** Deadline, epoch ms: if not sent by then, the delivery is dead; `null`: no deadline. */
  readonly deliverBy: number | null;
}

export type ProactiveMessageResult =
  | {
      readonly kind: "queued";
      readonly deliveryIds: readonly string[];
      readonly repeated: boolean;
      /**
       * Route of each delivery as of now, in their order. It is chosen again when it is sent. `null`: it doesn't go now, because
       * no route is open, because its account is stopped, or because the platform is known to refuse it.
       */
      readonly routes: readonly (Route | null)[];
    }
  /** That channel and account are not configured. */
  | { readonly kind: "no-such-channel" }
  /** No event of that conversation was ever received. */
  | { readonly kind: "no-such-conversation" }
  | { readonly kind: "too-late" }
  | { readonly kind: "unsayable"; readonly reason: string }
  | { readonly kind: "unavailable" };

export type DeferredReplyResult =
  /** `refused`: why some of it can't be said, a sentence each. */
  | {
      readonly kind: "queued";
      readonly deliveryIds: readonly string[];
      readonly repeated: boolean;
      readonly refused: readonly string[];
    }
  /** The turn was answered, or claimed again with a higher fence. `state`: what it is now. */
  | { readonly kind: "fenced"; readonly state: string }
  | { readonly kind: "no-such-turn" }
  /** The channel can't render the replies. */
  | { readonly kind: "unsayable"; readonly reason: string }
  /** The store is unavailable: repeat it later. */
  | { readonly kind: "unavailable" };

/** Why an answer was refused, for the agent. Without the current fence: with it a stale agent could write. */
export function answerRefusalReason(refused: Exclude<DeferredReplyResult, { kind: "queued" }>): string {
  switch (refused.kind) {
    case "fenced":
      return "the turn was answered, or handed out again with a higher fence: discard this answer";
    case "no-such-turn":
      return "there is no such turn";
    case "unsayable":
      return refused.reason;
    case "unavailable":
      return "the store is unavailable: try again in a second";
    default:
      return refused satisfies never;
  }
}
