import type { Agent } from "./agent.ts";

/** Several agents as one: a turn goes to the first that is reachable for its account and has free capacity. */
export function anyOf(...agents: readonly [Agent, ...Agent[]]): Agent {
  const roomOf = (agent: Agent) => agent.room?.() ?? Number.POSITIVE_INFINITY;
  return {
    name: agents.map(({ name }) => name).join(" or "),
    endpoints: agents.flatMap(({ endpoints = [] }) => [...endpoints]),
    isReachable: (account) => agents.some((agent) => agent.isReachable(account)),
    room: () => agents.reduce((sum, agent) => sum + (agent.isReachable() ? roomOf(agent) : 0), 0),
    attach: (host) => {
      for (const agent of agents) agent.attach?.(host);
    },
    invoke(turn, signal) {
      const { channel, account } = turn.conversation;
      const able = agents.filter((agent) => agent.isReachable(`${channel}/${account}`));
      const next = able.find((agent) => roomOf(agent) > 0) ?? able[0] ?? agents[0];
      return next.invoke(turn, signal);
    },
    secrets: () => agents.flatMap((agent) => agent.secrets?.() ?? []),
    close: async () => {
      await Promise.all(agents.map((agent) => agent.close()));
    },
  };
}
