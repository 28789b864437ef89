import { type AccountKey, accountKeyOf, type Conversation, type ConversationKind } from "../core/conversation.ts";
import { Misconfigured } from "../core/errors.ts";
import type { Agent, AgentPart } from "./agent.ts";
import { freePlacesOf, together } from "./any-of.ts";

/** Turns for an agent. An omitted field matches any value. */
export interface AgentRoute {
  readonly channel?: string;
  readonly account?: string;
  readonly kind?: ConversationKind;
  /** Key of the agent in `agents`. */
  readonly agent: string;
}

/** Delay before a turn is offered again whose agent is unavailable while another of its account isn't, in ms. */
const RETRY_OFFER_MS = 5_000;

/**
 * Several agents behind one gateway: the first route that matches a turn's channel, account and conversation kind names
 * its agent. Turns without a matching route wait. Throws `Misconfigured` for an unknown agent.
 */
export function routedAgents(agents: Readonly<Record<string, Agent>>, routes: readonly AgentRoute[]): Agent {
  for (const { agent } of routes) {
    if (agents[agent] !== undefined) continue;
    throw new Misconfigured(
      `routes: read ${JSON.stringify(agent)}; allowed is one of ${Object.keys(agents).join(", ")}`,
    );
  }
  const all = Object.values(agents);

  function nameOf({ channel, account, kind }: Pick<Conversation, "channel" | "account" | "kind">): string | undefined {
    return routes.find(
      (one) =>
        (one.channel ?? channel) === channel && (one.account ?? account) === account && (one.kind ?? kind) === kind,
    )?.agent;
  }

  function partOf(name: string, agent: Agent): AgentPart {
    return {
      name,
      agent,
      serves(accountKey, kind) {
        const [channel = "", account = ""] = accountKey.split("/", 2);
        return nameOf({ channel, account, kind }) === name;
      },
    };
  }

  /** Agents of routes that may match a conversation of the account. */
  function agentsFor(accountKey: AccountKey): Agent[] {
    const [channel, account] = accountKey.split("/", 2);
    const fitting = routes.filter(
      (one) => (one.channel ?? channel) === channel && (one.account ?? account) === account,
    );
    return fitting.flatMap(({ agent }) => agents[agent] ?? []);
  }

  return {
    ...together(all),
    name: Object.keys(agents).join(" and "),
    breakers: () =>
      Object.entries(agents).flatMap(([name, agent]) => {
        const own = agent.breakers?.() ?? [];
        // One that is several keeps their names beside its own.
        return own.map((one) => ({ ...one, agent: own.length === 1 ? name : `${name}: ${one.agent}` }));
      }),
    parts: Object.entries(agents).map(([name, agent]) => partOf(name, agent)),
    isReachable: (accountKey) =>
      (accountKey === undefined ? all : agentsFor(accountKey)).some((agent) => agent.isReachable(accountKey)),
    invoke(turn, signal) {
      const agent = agents[nameOf(turn.conversation) ?? ""];
      if (agent?.isReachable(accountKeyOf(turn.conversation)) && freePlacesOf(agent) > 0)
        return agent.invoke(turn, signal);
      const reason =
        agent === undefined ? "no route matches this conversation" : "its agent is unavailable or has no free capacity";
      return Promise.resolve({ kind: "returned", reason, afterMs: RETRY_OFFER_MS });
    },
  };
}
