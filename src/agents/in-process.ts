import type { ClaimedTurn } from "../core/turn.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Agent, AgentOutcome } from "./agent.ts";
import { printError } from "./print-error.ts";
import { parseReplies, toWireTurn, type WireTurn } from "./protocol.ts";

/** An agent function. Returns a text, a reply, a list of either, or nothing. */
export type AgentFunction = (turn: WireTurn, context: { readonly signal: AbortSignal }) => unknown;

export interface InProcessOptions {
  /** Called with what the function threw. Default: printed to the console, with its stack. */
  readonly onError?: (error: unknown, turn: WireTurn) => void;
}

/**
 * A bot that is a function in this process. If it throws, the turn is retried with the same id.
 */
export function inProcessAgent(answer: AgentFunction, { onError = printError }: InProcessOptions = {}): Agent {
  return {
    name: "in-process",
    transports: ["in-process"],
    isReachable: () => true,
    async invoke(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
      const asked = toWireTurn(turn);
      try {
        const replies = parseReplies(await answer(asked, { signal }));
        // Asked again it would give the same.
        return replies.ok ? { kind: "answered", ...replies.value } : { kind: "rejected", reason: replies.reason };
      } catch (error) {
        onError(error, asked);
        return { kind: "failed", reason: reasonOf(error), retryAfterMs: 0 };
      }
    },
    close: async () => {},
  };
}
