import type { ClaimedTurn } from "../core/turn.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Agent, AgentOutcome } from "./agent.ts";
import { parseReplies, toWireTurn, type WireTurn } from "./protocol.ts";

/** An agent function. Returns a text, a reply, a list of either, or nothing. */
export type AgentFunction = (turn: WireTurn, context: { readonly signal: AbortSignal }) => unknown;

/**
 * A bot that is a function in this process. If it throws, the turn is retried with the same id.
 */
export function inProcessAgent(answer: AgentFunction): Agent {
  return {
    name: "in-process",
    isReachable: () => true,
    async invoke(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
      try {
        const replies = parseReplies(await answer(toWireTurn(turn), { signal }));
        if (replies.ok) return { kind: "answered", replies: replies.value };
        return { kind: "failed", reason: `the agent's answer can't be read: ${replies.reason}`, retryAfterMs: 0 };
      } catch (error) {
        return { kind: "failed", reason: reasonOf(error), retryAfterMs: 0 };
      }
    },
    close: async () => {},
  };
}
