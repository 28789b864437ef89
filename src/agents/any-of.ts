import { accountKeyOf } from "../core/conversation.ts";
import { type Agent, transportsOf } from "./agent.ts";

/** Free capacity, in turns. */
export const freePlacesOf = (agent: Agent) => agent.freePlaces?.() ?? Number.POSITIVE_INFINITY;

/** What several agents are together, whichever of them a turn goes to. */
export function together(agents: readonly Agent[]) {
  return {
    endpoints: agents.flatMap(({ endpoints = [] }) => [...endpoints]),
    freePlaces: () => agents.reduce((sum, agent) => sum + (agent.isReachable() ? freePlacesOf(agent) : 0), 0),
    attach(host) {
      for (const agent of agents) agent.attach?.(host);
    },
    transports: [...new Set(agents.flatMap(transportsOf))],
    instances: () => agents.flatMap((agent) => agent.instances?.() ?? []),
    breakers: () => agents.flatMap((agent) => agent.breakers?.() ?? []),
    secrets: () => agents.flatMap((agent) => agent.secrets?.() ?? []),
    async close() {
      await Promise.all(agents.map((agent) => agent.close()));
    },
  } satisfies Partial<Agent>;
}

/** Several agents as one: a turn goes to the first that is reachable for its account and has free capacity. */
export function anyOf(...agents: readonly [Agent, ...Agent[]]): Agent {
  return {
    ...together(agents),
    name: agents.map(({ name }) => name).join(" or "),
    isReachable: (accountKey) => agents.some((agent) => agent.isReachable(accountKey)),
    invoke(turn, signal) {
      const accountKey = accountKeyOf(turn.conversation);
      const able = agents.filter((agent) => agent.isReachable(accountKey));
      const next = able.find((agent) => freePlacesOf(agent) > 0) ?? able[0] ?? agents[0];
      return next.invoke(turn, signal);
    },
  };
}
