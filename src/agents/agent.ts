import type { Reply } from "../core/reply.ts";
import type { ClaimedTurn } from "../core/turn.ts";

/** The bot program, as the pipeline sees it. */
export interface Agent {
  readonly name: string;
  /** Whether this process can reach it. While it can't, turns wait: none is claimed. */
  isReachable(): boolean;
  /**
   * Hands over a turn. Never throws for what an agent can do: that is an outcome. An aborted `signal` means that the
   * lease is lost or the time is up; whatever comes back then is not looked at.
   */
  invoke(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome>;
  close(): Promise<void>;
}

export type AgentOutcome =
  /** Ends the turn; without replies, too. */
  | { readonly kind: "answered"; readonly replies: readonly Reply[] }
  /** The answer comes later, through the reply API. */
  | { readonly kind: "accepted" }
  /** Try again later. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs: number }
  /** It will never answer this turn. */
  | { readonly kind: "rejected"; readonly reason: string };
