import type { Clock } from "./clock.ts";

/** What an agent did last in this process; each `null` before it has. */
export interface LastActivity {
  /** Its newest answer: to the call, or later by the reply API. */
  readonly lastAnswer: { readonly at: number; readonly turnId: string } | null;
  /** The end of its newest call, whichever it was. */
  readonly lastCall: { readonly at: number; readonly outcome: string; readonly tookMs: number } | null;
}

/** One call. Its turn may be given out again before it ends, when its lease is lost. */
export interface GivenTurn {
  ended(outcome: string, tookMs: number): void;
}

/** The calls of this process to its agents, as they are reported. In memory: it begins anew with the process. */
export interface AgentActivity {
  /** An agent gets a turn. */
  given(turnId: string, agent: string): GivenTurn;
  /** A part of a turn's answer was queued. A turn that another process gave out is left aside. */
  answered(turnId: string): void;
  of(agent: string): LastActivity;
}

const NONE: LastActivity = { lastAnswer: null, lastCall: null };

export function createAgentActivity(clock: Pick<Clock, "now">): AgentActivity {
  const newest = new Map<string, { readonly agent: string }>();
  const last = new Map<string, LastActivity>();
  const of = (agent: string) => last.get(agent) ?? NONE;

  function answeredBy(agent: string, turnId: string): void {
    last.set(agent, { ...of(agent), lastAnswer: { at: clock.now(), turnId } });
  }

  return {
    given(turnId, agent) {
      const call = { agent };
      newest.set(turnId, call);
      return {
        ended(outcome, tookMs) {
          if (outcome === "answered") answeredBy(agent, turnId);
          last.set(agent, { ...of(agent), lastCall: { at: clock.now(), outcome, tookMs } });
          if (newest.get(turnId) === call) newest.delete(turnId);
        },
      };
    },
    answered(turnId) {
      const call = newest.get(turnId);
      if (call !== undefined) answeredBy(call.agent, turnId);
    },
    of,
  };
}
