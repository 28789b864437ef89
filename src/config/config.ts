import { isIP } from "node:net";
import type { AgentRoute } from "../agents/routes.ts";
import { CHANNELS, type PlannedChannel } from "../channels/index.ts";
import type { LogLevel } from "../runtime/log.ts";
import { parseYaml, type RawMap, readTextFile } from "../settings/file.ts";
import { type Entry, type Environment, newReading, type Reading, readGroup } from "../settings/read.ts";
import { throwProblems } from "../settings/section.ts";
import type { Given } from "../settings/setting.ts";
import { CONFIG_VARIABLE, refuseUnknownVariables, unreadVariables } from "./environment.ts";
import { GATEWAY_SETTINGS, type GatewaySettings } from "./gateway-settings.ts";
import { DEFAULT_AGENT } from "./program.ts";
import { checkedRoutes, namedAgents } from "./routes.ts";
import { ALL_SETTINGS, OWN_SETTINGS, SETTINGS } from "./schema.ts";
import { idleSettings, oddIds } from "./warnings.ts";

/** Where an agent is posted to. */
export interface AgentAddress {
  readonly url: string;
  readonly secrets: readonly string[];
}

/** What file and environment say, checked. */
export interface Config {
  readonly public: {
    readonly host: string;
    readonly port: number;
    readonly requestTimeoutMs: number;
    readonly connectionsMax: number;
  };
  /** Whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly admin: { readonly host: string; readonly port: number; readonly token: string | null };
  /** Where agents reach the public port; the address of its socket when it isn't set. */
  readonly publicUrl: string | null;
  /** What `openStore` takes. */
  readonly databaseUrl: string;
  /** The one that gets what no route gives to another. */
  readonly agent: AgentAddress | null;
  readonly agentToken: string | null;
  /** Those of `agents`, by their names. */
  readonly agents: Readonly<Record<string, AgentAddress>>;
  readonly routes: readonly AgentRoute[];
  /** Our identities on the platforms. */
  readonly channels: readonly PlannedChannel[];
  readonly logLevel: LogLevel;
  readonly logPayloads: boolean;
  /** Names people in logs by a hash; `null`: a key is drawn at each start. */
  readonly logKey: string | null;
  readonly settings: GatewaySettings;
  /** Time limits of one platform call, in ms. */
  readonly sendTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** What was set and has no effect, or another than it seems, in a sentence each. */
  readonly warnings: readonly string[];
  /** Every setting as it is in effect, and where it comes from. */
  readonly entries: readonly Entry[];
}

type Own = Given<typeof OWN_SETTINGS>;

/**
 * What the environment and the YAML file of `TURNPIKE_CONFIG` or `--config` say; the environment wins. Checked and
 * frozen. Throws `Misconfigured` with all that is wrong: the name or the place in the file, what was read, what is allowed.
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
  const hasDefault = own.agent.url !== undefined || own.agent.token !== undefined;
  const agentNames = [...(hasDefault ? [DEFAULT_AGENT] : []), ...Object.keys(agents)];
  const config = {
    public: publicOf(own),
    trustedProxies: own.trustedProxies ?? OWN_SETTINGS.trustedProxies.default,
    admin: adminOf(own, reading),
    publicUrl: own.publicUrl ?? null,
    databaseUrl: own.databaseUrl ?? OWN_SETTINGS.databaseUrl.default,
    agent: own.agent.url === undefined ? null : { url: own.agent.url, secrets: own.agent.secret ?? [] },
    agentToken: own.agent.token ?? null,
    agents,
    routes: checkedRoutes(own.routes, { agents: agentNames, channels }, reading),
    channels,
    logLevel: own.logLevel ?? OWN_SETTINGS.logLevel.default,
    logPayloads: own.logPayloads ?? OWN_SETTINGS.logPayloads.default,
    logKey: own.logKey ?? null,
    settings: settingsOf(own, channels),
    sendTimeoutMs: own.sendTimeoutMs ?? OWN_SETTINGS.sendTimeoutMs.default,
    connectTimeoutMs: own.connectTimeoutMs ?? OWN_SETTINGS.connectTimeoutMs.default,
    entries: reading.entries,
  };
  throwProblems(reading.problems);
  return Object.freeze({ ...config, warnings: warningsOf(config, own, reading) });
}

/** What the file says; `null` when it can't be read. */
function readFile(file: string, askedBy: string, { problems }: Reading): RawMap | null {
  const text = readTextFile(file, askedBy);
  if (typeof text !== "string") {
    problems.push(text.problem);
    return null;
  }
  return parseYaml(
    text,
    (line) => ({ in: "file", file, line }),
    (words) => problems.push(words),
  );
}

function publicOf(own: Own): Config["public"] {
  const { host, port, requestTimeoutMs, maxConnections } = OWN_SETTINGS;
  return {
    host: own.host ?? host.default,
    port: own.port ?? port.default,
    requestTimeoutMs: own.requestTimeoutMs ?? requestTimeoutMs.default,
    connectionsMax: own.maxConnections ?? maxConnections.default,
  };
}

function adminOf(own: Own, { problems, file, broken }: Reading): Config["admin"] {
  const isInFile = file !== null;
  const { host, port } = OWN_SETTINGS.admin.children;
  const admin = {
    host: own.admin.host ?? host.default,
    port: own.admin.port ?? port.default,
    token: own.admin.token ?? null,
  };
  if (admin.token === null && !broken.has("admin.token") && !isLoopback(admin.host)) {
    const [hostName, tokenName] = isInFile
      ? ["admin.host", "admin.token"]
      : ["TURNPIKE_ADMIN_HOST", "TURNPIKE_ADMIN_TOKEN"];
    problems.push(`${hostName} is ${admin.host}, which others can reach: set ${tokenName}, or leave it at 127.0.0.1`);
  }
  return admin;
}

const DAY_MS = 86_400_000;

/** What was set of the gateway's own settings, so that its defaults stand for the rest. */
function settingsOf(own: Own, channels: readonly PlannedChannel[]): GatewaySettings {
  const set = Object.entries(own).filter(([name]) => Object.hasOwn(GATEWAY_SETTINGS, name));
  const { timeoutMs } = own.agent;
  const { bodiesDays, historyDays, keysDays } = own.keep;
  const batches = channels
    .filter(({ batch }) => Object.keys(batch).length > 0)
    .map(({ channel, account, batch }) => [`${channel}/${account}`, batch]);
  return {
    ...Object.fromEntries(set),
    ...(timeoutMs === undefined ? {} : { agentTimeoutMs: timeoutMs }),
    ...(bodiesDays === undefined ? {} : { bodiesMs: bodiesDays * DAY_MS }),
    ...(historyDays === undefined ? {} : { historyMs: historyDays * DAY_MS }),
    ...(keysDays === undefined ? {} : { dedupMs: keysDays * DAY_MS }),
    ...(batches.length === 0 ? {} : { accountBatch: Object.fromEntries(batches) }),
  };
}

function warningsOf(
  { agent, agentToken, agents, routes, channels }: Omit<Config, "warnings">,
  own: Own,
  reading: Reading,
) {
  const warnings = [...unreadVariables(reading), ...idleSettings(reading), ...oddIds(reading)];
  if (own.logPayloads === true) {
    warnings.push(
      "TURNPIKE_LOG_PAYLOADS=on: what people write and who they are goes into the log; switch it off again",
    );
  }
  if (own.onUnknown === "resend") {
    warnings.push("TURNPIKE_ON_UNKNOWN=resend: where a platform has no retry key, a person may read a message twice");
  }
  const unused = Object.keys(agents).filter((name) => !routes.some((route) => route.agent === name));
  warnings.push(...unused.map((name) => `agents: no route leads to ${name}, so it gets no turns`));
  const hasDefault = agent !== null || agentToken !== null;
  if (!hasDefault && Object.keys(agents).length > 0) {
    const isServed = ({ channel, account }: PlannedChannel) =>
      routes.some((one) => (one.channel ?? channel) === channel && (one.account ?? account) === account);
    for (const one of channels.filter((channel) => !isServed(channel))) {
      warnings.push(`no route fits ${one.channel}/${one.account}: its turns wait for an agent`);
    }
    return warnings;
  }
  if (agent === null) warnings.push(agentToken === null ? NO_AGENT : NOT_YET_AN_AGENT);
  else if (agent.secrets.length === 0) {
    warnings.push("TURNPIKE_AGENT_SECRET is not set: the agent can't tell our turns from somebody else's");
  }
  return warnings;
}

const NOT_YET_AN_AGENT =
  "TURNPIKE_AGENT_URL is not set: turns wait until an agent connects to /v1/agent or /ws with TURNPIKE_AGENT_TOKEN";
const NO_AGENT = "TURNPIKE_AGENT_URL is not set: webhooks are stored and acked, and turns wait for an agent";

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
