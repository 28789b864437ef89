import type { ClaimedTurn } from "../../core/turn.ts";
import type { OpenStage } from "../../runtime/traces.ts";
import type { Deps } from "../deps.ts";

/** How a time with the agent ended: by its own word, by another way (a later answer, an interruption), or with its lease. */
export type AskedOutcome = "answered" | "ended" | "failed" | "rejected" | "returned" | "handed-back" | "lost";

/** One time that the agent has a turn, as it is measured and traced. */
export interface Asking {
  readonly stage: OpenStage;
  /** How long it took, in ms. Only the first call counts. */
  end(outcome: AskedOutcome): number;
}

export function noteAsking({ clock, metrics, traces, agent }: Deps, turn: ClaimedTurn): Asking {
  const { channel, account } = turn.conversation;
  const from = clock.now();
  const stage = traces.begin(turn.turnId, "agent", from, {
    "turnpike.attempt": turn.attempt,
    "turnpike.fence": turn.fence,
    "turnpike.agent": agent.name,
  });
  let tookMs: number | null = null;
  return {
    stage,
    end(outcome) {
      if (tookMs !== null) return tookMs;
      const to = clock.now();
      tookMs = Math.max(0, to - from);
      metrics.agentSeconds.observe({ channel, account, outcome }, tookMs / 1_000);
      stage.end(to, {
        attributes: { "turnpike.outcome": outcome },
        failure: outcome === "answered" || outcome === "ended" ? null : outcome,
      });
      return tookMs;
    },
  };
}
