import type { ClaimedTurn } from "../../core/turn.ts";
import type { AgentActivity } from "../../runtime/agent-activity.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";

/** Outcome of an agent call: the agent's own, `ended` (a deferred reply, an interruption), or a lost lease. */
export type AgentCallOutcome = "answered" | "ended" | "failed" | "rejected" | "returned" | "handed-back" | "lost";

/** One agent call, as it is measured and traced. */
export interface AgentCallSpan {
  /** Trace headers for the call, so that the agent's own spans join the turn's trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** Makes the call inside the span. */
  run<T>(work: () => T): T;
  /** Returns the call's duration in ms. Only the first `end` counts. */
  end(outcome: AgentCallOutcome): number;
}

type Watched = Pick<Telemetry, "metrics" | "traces"> & {
  readonly clock: Clock;
  readonly agentActivity: AgentActivity;
};

export function agentCallSpans({ clock, metrics, traces, agentActivity }: Watched) {
  return (turn: ClaimedTurn, agent: string): AgentCallSpan => {
    const { channel, account } = turn.conversation;
    const from = clock.now();
    const { headers, run, end } = traces.start(turn.turnId, "agent", from, {
      "turnpike.attempt": turn.attempt,
      "turnpike.fence": turn.fence,
      "turnpike.agent": agent,
    });
    const given = agentActivity.given(turn.turnId, agent);
    let tookMs: number | null = null;
    return {
      headers,
      run,
      end(outcome) {
        if (tookMs !== null) return tookMs;
        const to = clock.now();
        tookMs = Math.max(0, to - from);
        given.ended(outcome, tookMs);
        metrics.agentSeconds.observe({ channel, account, outcome }, tookMs / 1_000);
        end(to, {
          attributes: { "turnpike.outcome": outcome },
          failure: outcome === "answered" || outcome === "ended" ? null : outcome,
        });
        return tookMs;
      },
    };
  };
}
