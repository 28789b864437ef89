import type { Agent } from "./agent.ts";
import { type HttpAgentOptions, markedHttpAgent } from "./http.ts";

/** Of each of its requests, for an agent that leaves its side effects out. The turn's id, `rehearsal_…`, says it signed. */
const MARKS = { "x-turnpike-rehearsal": "1" } as const;

/**
 * An agent of this library, and beside it agents for rehearsals, by the names that operators choose them by. These get no
 * turns: only an ended one once more, when an operator asks for it. Outermost: what wraps the result doesn't pass them on.
 * Throws `Misconfigured`.
 */
export function withRehearsals(agent: Agent, agents: Readonly<Record<string, HttpAgentOptions>>): Agent {
  const posted = Object.entries(agents).map(([name, options]) => ({ ...markedHttpAgent(options, MARKS), name }));
  if (posted.length === 0) return agent;
  return {
    ...agent,
    rehearsals: posted,
    secrets: () => [agent, ...posted].flatMap((one) => one.secrets?.() ?? []),
    async close() {
      await Promise.all([agent, ...posted].map((one) => one.close()));
    },
  };
}
