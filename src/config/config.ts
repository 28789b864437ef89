import type { AgentRoute } from "../agents/routed-agents.ts";
import { CHANNELS, type ConfiguredChannel } from "../channels/index.ts";
import { accountKeyOf } from "../core/conversation.ts";
import type { LogLevel } from "../runtime/log.ts";
import { type Entry, type Environment, newReading, type Reading, readGroup } from "../settings/read.ts";
import { throwProblems } from "../settings/section.ts";
import { fill, type Given } from "../settings/setting.ts";
import { parseYaml, type RawMap, readTextFile } from "../settings/yaml.ts";
import { type AdminConfig, checkedAdmin } from "./admin.ts";
import { checkedAgentRoutes, namedAgents } from "./agent-routes.ts";
import { CONFIG_VARIABLE, refuseUnknownVariables, unreadVariables } from "./environment.ts";
import { GATEWAY_SETTINGS, type GatewaySettings } from "./gateway-settings.ts";
import { DEFAULT_AGENT, PROGRAM_SETTINGS } from "./program-settings.ts";
import { ALL_SETTINGS, type GENERAL_SETTINGS, SETTINGS } from "./settings-tree.ts";
import { confusableIds, settingsWithoutEffect } from "./warnings.ts";

export interface AgentAddress {
  readonly url: string;
  readonly secrets: readonly string[];
}

/** The validated settings of file and environment. */
export interface Config {
  readonly public: {
    readonly host: string;
    readonly port: number;
    readonly requestTimeoutMs: number;
    readonly connectionsMax: number;
  };
  /** Proxies whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[];
  readonly admin: AdminConfig;
  /** URL of the public port for agents; `null`: that of its socket. */
  readonly publicUrl: string | null;
  /** URL for `openStore`. */
  readonly databaseUrl: string;
  /** The default agent, for turns without a matching route. */
  readonly agent: AgentAddress | null;
  readonly agentToken: string | null;
  readonly agents: Readonly<Record<string, AgentAddress>>;
  readonly routes: readonly AgentRoute[];
  /** They get ended turns once more, when an operator rehearses them, and no others. */
  readonly rehearsalAgents: Readonly<Record<string, AgentAddress>>;
  readonly channels: readonly ConfiguredChannel[];
  readonly logLevel: LogLevel;
  readonly logPayloads: boolean;
  /** Key of the hashes that replace people's ids in logs; `null`: random at each start. */
  readonly logKey: string | null;
  readonly settings: GatewaySettings;
  /** Time limits of one platform call, in ms. */
  readonly sendTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** A sentence for each setting without effect, or with another one than it seems. */
  readonly warnings: readonly string[];
  /** Every effective setting, with its source. */
  readonly entries: readonly Entry[];
}

type Own = Given<typeof GENERAL_SETTINGS>;

/**
 * Reads the environment and the YAML file of `TURNPIKE_CONFIG` or `--config`; the environment takes precedence. Frozen.
 * Throws `Misconfigured` with all problems: name or place in the file, what was read, what is allowed.
 */
export function readConfig(env: Environment, options: { readonly file?: string | undefined } = {}): Config {
  const file = options.file ?? (env[CONFIG_VARIABLE]?.trim() || null);
  const reading = newReading(env, ALL_SETTINGS, file);
  const raw = file === null ? null : readFile(file, options.file === undefined ? CONFIG_VARIABLE : "--config", reading);
  const given = readGroup(SETTINGS, { path: "", raw, envPath: ["turnpike"] }, reading);
  refuseUnknownVariables(reading);
  const own = given as unknown as Own;
  const channels = Object.entries(CHANNELS).flatMap(([name, { planned }]) =>
    planned((given as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[name] ?? {}, reading),
  );
  const agents = namedAgents(own.agents, reading);
  const rehearsalAgents = namedAgents(own.rehearsalAgents, reading, {
    path: "rehearsalAgents",
    variable: "TURNPIKE_REHEARSAL_AGENTS",
  });
  const hasDefault = own.agent.url !== undefined || own.agent.token !== undefined;
  const agentNames = [...(hasDefault ? [DEFAULT_AGENT] : []), ...Object.keys(agents)];
  const program = fill(PROGRAM_SETTINGS, own);
  const { host, port, requestTimeoutMs, maxConnections: connectionsMax } = program;
  const config = {
    public: { host, port, requestTimeoutMs, connectionsMax },
    trustedProxies: program.trustedProxies,
    admin: checkedAdmin(program.admin, own.admin.tokens, reading),
    publicUrl: program.publicUrl,
    databaseUrl: program.databaseUrl,
    agent: own.agent.url === undefined ? null : { url: own.agent.url, secrets: own.agent.secret ?? [] },
    agentToken: own.agent.token ?? null,
    agents,
    routes: checkedAgentRoutes(own.routes, { agents: agentNames, channels }, reading),
    rehearsalAgents,
    channels,
    logLevel: program.logLevel,
    logPayloads: program.logPayloads,
    logKey: program.logKey,
    settings: settingsOf(own, channels),
    sendTimeoutMs: program.sendTimeoutMs,
    connectTimeoutMs: program.connectTimeoutMs,
    entries: reading.entries,
  };
  throwProblems(reading.problems);
  return Object.freeze({ ...config, warnings: warningsOf(config, own, reading) });
}

/** The file's content; `null` when it can't be read. */
function readFile(file: string, askedBy: string, { problems }: Reading): RawMap | null {
  const text = readTextFile(file, askedBy);
  if (typeof text !== "string") {
    problems.push(text.problem);
    return null;
  }
  return parseYaml(
    text,
    (line) => ({ in: "file", file, line }),
    (message) => problems.push(message),
  );
}

const DAY_MS = 86_400_000;

/** The gateway's settings that are set; the others get their defaults. */
function settingsOf(own: Own, channels: readonly ConfiguredChannel[]): GatewaySettings {
  const set = Object.entries(own).filter(([name]) => Object.hasOwn(GATEWAY_SETTINGS, name));
  const { timeoutMs } = own.agent;
  const { contentDays, metadataDays, dedupKeysDays } = own.keep;
  const batches = channels
    .filter(({ batch }) => Object.keys(batch).length > 0)
    .map(({ channel, account, batch }) => [accountKeyOf({ channel, account }), batch]);
  return {
    ...Object.fromEntries(set),
    ...(timeoutMs === undefined ? {} : { agentTimeoutMs: timeoutMs }),
    ...(contentDays === undefined ? {} : { contentMs: contentDays * DAY_MS }),
    ...(metadataDays === undefined ? {} : { metadataMs: metadataDays * DAY_MS }),
    ...(dedupKeysDays === undefined ? {} : { dedupKeysMs: dedupKeysDays * DAY_MS }),
    ...(batches.length === 0 ? {} : { accountBatch: Object.fromEntries(batches) }),
  };
}

function warningsOf(
  { agent, agentToken, agents, routes, channels }: Omit<Config, "warnings">,
  own: Own,
  reading: Reading,
) {
  const warnings = [...unreadVariables(reading), ...settingsWithoutEffect(reading), ...confusableIds(reading)];
  if (own.logPayloads === true) {
    warnings.push("TURNPIKE_LOG_PAYLOADS=on: message content and people's ids are logged; switch it off after use");
  }
  if (own.onUnknown === "resend") {
    warnings.push("TURNPIKE_ON_UNKNOWN=resend: on a platform without retry keys a person may get a message twice");
  }
  const unused = Object.keys(agents).filter((name) => !routes.some((route) => route.agent === name));
  warnings.push(...unused.map((name) => `agents: no route names ${name}, so it gets no turns`));
  const hasDefault = agent !== null || agentToken !== null;
  if (!hasDefault && Object.keys(agents).length > 0) {
    const isServed = ({ channel, account }: ConfiguredChannel) =>
      routes.some((one) => (one.channel ?? channel) === channel && (one.account ?? account) === account);
    for (const one of channels.filter((channel) => !isServed(channel))) {
      warnings.push(`no route matches ${accountKeyOf(one)}: its turns wait for an agent`);
    }
    return warnings;
  }
  if (agent === null) warnings.push(agentToken === null ? NO_AGENT : NOT_YET_AN_AGENT);
  else if (agent.secrets.length === 0) {
    warnings.push(
      "TURNPIKE_AGENT_SECRET is not set: turns aren't signed, so the agent can't verify that they are ours",
    );
  }
  return warnings;
}

const NOT_YET_AN_AGENT =
  "TURNPIKE_AGENT_URL is not set: turns wait until an agent connects to /v1/agent or /ws with TURNPIKE_AGENT_TOKEN";
const NO_AGENT = "TURNPIKE_AGENT_URL is not set: webhooks are stored and acked, and turns wait for an agent";
