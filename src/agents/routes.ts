import type { Conversation, ConversationKind } from "../core/conversation.ts";
import { Misconfigured } from "../core/errors.ts";
import type { Agent } from "./agent.ts";

/** Which turns an agent gets. What is left out stands for any. */
export interface AgentRoute {
  readonly channel?: string;
  readonly account?: string;
  readonly kind?: ConversationKind;
  /** Its name in `agents`. */
  readonly agent: string;
}

/** A turn whose agent is away, though another of its account is not, is looked at again after this long, in ms. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Several agents behind one gateway: the first route that fits a turn's channel, account and kind of conversation
 * says who gets it. Turns that no route fits wait, and show by their age. Throws `Misconfigured` for a name that
 * nobody has.
 */
export function routedAgents(agents: Readonly<Record<string, Agent>>, routes: readonly AgentRoute[]): Agent {
  for (const { agent } of routes) {
    if (agents[agent] !== undefined) continue;
    throw new Misconfigured(
      `routes: read ${JSON.stringify(agent)}; allowed is one of ${Object.keys(agents).join(", ")}`,
    );
  }
  const all = Object.values(agents);
  const roomOf = (agent: Agent) => agent.room?.() ?? Number.POSITIVE_INFINITY;

  function agentOf({ channel, account, kind }: Conversation): Agent | undefined {
    const route = routes.find(
      (one) =>
        (one.channel ?? channel) === channel && (one.account ?? account) === account && (one.kind ?? kind) === kind,
    );
    return route === undefined ? undefined : agents[route.agent];
  }

  /** Those that some conversation of the account may come to. */
  function agentsFor(whole: string): Agent[] {
    const [channel, account] = whole.split("/", 2);
    const fitting = routes.filter(
      (one) => (one.channel ?? channel) === channel && (one.account ?? account) === account,
    );
    return fitting.flatMap(({ agent }) => agents[agent] ?? []);
  }

  return {
    name: Object.keys(agents).join(" and "),
    endpoints: all.flatMap(({ endpoints = [] }) => [...endpoints]),
    attach: (host) => {
      for (const agent of all) agent.attach?.(host);
    },
    isReachable: (account) =>
      (account === undefined ? all : agentsFor(account)).some((agent) => agent.isReachable(account)),
    room: () => all.reduce((sum, agent) => sum + (agent.isReachable() ? roomOf(agent) : 0), 0),
    invoke(turn, signal) {
      const { channel, account } = turn.conversation;
      const agent = agentOf(turn.conversation);
      if (agent?.isReachable(`${channel}/${account}`) && roomOf(agent) > 0) return agent.invoke(turn, signal);
      const reason = agent === undefined ? "no route fits this conversation" : "its agent is away or has no room";
      return Promise.resolve({ kind: "returned", reason, afterMs: LOOK_AGAIN_MS });
    },
    secrets: () => all.flatMap((agent) => agent.secrets?.() ?? []),
    close: async () => {
      await Promise.all(all.map((agent) => agent.close()));
    },
  };
}
