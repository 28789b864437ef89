import type { Clock } from "./clock.ts";

/** What an agent did last in this process; each `null` before it has. */
export interface AgentDeeds {
  /** Its newest answer: to the call, or later by the reply API. */
  readonly lastAnswer: { readonly at: number; readonly turnId: string } | null;
  /** The end of its newest call, whichever it was. */
  readonly lastCall: { readonly at: number; readonly outcome: string; readonly tookMs: number } | null;
}

/** The calls of this process to its agents, as they are reported. In memory: it begins anew with the process. */
export interface AgentActivity {
  /** An agent gets a turn. */
  given(turnId: string, agent: string): void;
  /** A part of a turn's answer was queued. A turn that another process gave out is left aside. */
  answered(turnId: string): void;
  ended(turnId: string, outcome: string, tookMs: number): void;
  of(agent: string): AgentDeeds;
}

const NONE: AgentDeeds = { lastAnswer: null, lastCall: null };

export function createAgentActivity(clock: Pick<Clock, "now">): AgentActivity {
  const given = new Map<string, string>();
  const deeds = new Map<string, AgentDeeds>();
  const of = (agent: string) => deeds.get(agent) ?? NONE;

  function answered(turnId: string): void {
    const agent = given.get(turnId);
    if (agent !== undefined) deeds.set(agent, { ...of(agent), lastAnswer: { at: clock.now(), turnId } });
  }

  return {
    given: (turnId, agent) => void given.set(turnId, agent),
    answered,
    ended(turnId, outcome, tookMs) {
      if (outcome === "answered") answered(turnId);
      const agent = given.get(turnId);
      given.delete(turnId);
      if (agent !== undefined) deeds.set(agent, { ...of(agent), lastCall: { at: clock.now(), outcome, tookMs } });
    },
    of,
  };
}
