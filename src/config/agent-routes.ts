import type { AgentRoute } from "../agents/routed-agents.ts";
import { nearest } from "../settings/names.ts";
import type { Reading } from "../settings/read.ts";
import type { Given } from "../settings/setting.ts";
import { type AGENT_ROUTES, type AGENTS, DEFAULT_AGENT } from "./program-settings.ts";

type GivenAgent = Given<(typeof AGENTS)["children"]>;
type GivenAgentRoute = Given<(typeof AGENT_ROUTES)["children"]>;

/** A list of agents: its name in the file, and its variable where it has one. */
interface AgentList {
  readonly path: string;
  readonly variable?: string;
}

export function namedAgents(
  given: readonly GivenAgent[],
  { problems, broken }: Reading,
  { path, variable = path }: AgentList = { path: "agents" },
): Readonly<Record<string, { readonly url: string; readonly secrets: readonly string[] }>> {
  const named = given.flatMap(({ name, url, secret = [] }, index) => {
    const label = `${path}[${index}]`;
    const isBroken = (key: string) => [path, variable].some((list) => broken.has(`${list}[${index}].${key}`));
    const missing = [name === undefined && "name", url === undefined && "url"].filter((one) => one !== false);
    problems.push(
      ...missing.filter((key) => !isBroken(key)).map((key) => `${label}.${key} is not set; every agent needs one`),
    );
    if (name === undefined || url === undefined) return [];
    if (name === DEFAULT_AGENT)
      problems.push(`${label}.name: ${DEFAULT_AGENT} is the agent of agent.url; allowed: another name`);
    return [[name, { url, secrets: secret }] as const];
  });
  const twice = named.find(([name], index) => named.findIndex(([other]) => other === name) !== index);
  if (twice !== undefined) problems.push(`${path}: the name ${twice[0]} is used twice; allowed: different names`);
  return Object.fromEntries(named);
}

/** Names that agent routes may use. */
interface Known {
  /** Including `default`, if there is a default agent. */
  readonly agents: readonly string[];
  readonly channels: readonly { readonly channel: string; readonly account: string }[];
}

/** Validates the agent routes: unknown names are refused, as misspellings. */
export function checkedAgentRoutes(
  given: readonly GivenAgentRoute[],
  { agents, channels }: Known,
  { problems, broken }: Reading,
): readonly AgentRoute[] {
  const platforms = [...new Set(channels.map(({ channel }) => channel))];
  return given.flatMap(({ agent, channel, account, kind }, index): AgentRoute[] => {
    const label = `routes[${index}]`;
    const among = (key: string, value: string | undefined, known: readonly string[]) => {
      if (value === undefined || known.includes(value)) return;
      const near = nearest(value, known);
      const hint = near === null ? "" : `; did you mean ${near}?`;
      problems.push(
        `${label}.${key}: read ${JSON.stringify(value)}; allowed: ${known.join(", ") || "none yet"}${hint}`,
      );
    };
    const accounts = channels.filter((one) => (channel ?? one.channel) === one.channel).map((one) => one.account);
    among("agent", agent, agents);
    among("channel", channel, platforms);
    if (channel === undefined || platforms.includes(channel)) among("account", account, [...new Set(accounts)]);
    if (agent === undefined && !broken.has(`${label}.agent`))
      problems.push(`${label}.agent is not set; every route needs one`);
    if (agent === undefined) return [];
    return [
      {
        agent,
        ...(channel !== undefined && { channel }),
        ...(account !== undefined && { account }),
        ...(kind !== undefined && { kind }),
      },
    ];
  });
}
