import type { Agent } from "../agents/agent.ts";
import { anyOf } from "../agents/any-of.ts";
import { withBreaker } from "../agents/breaker.ts";
import { httpAgent } from "../agents/http.ts";
import { noAgent } from "../agents/none.ts";
import { openabAgent } from "../agents/openab/endpoint.ts";
import { withRehearsals } from "../agents/rehearsal.ts";
import { routedAgents } from "../agents/routed-agents.ts";
import { webSocketAgent } from "../agents/websocket/endpoint.ts";
import type { Channel } from "../channels/channel.ts";
import type { AgentAddress, Config } from "../config/config.ts";
import { DEFAULT_AGENT } from "../config/program-settings.ts";
import { Misconfigured } from "../core/errors.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import { type Listening, listen } from "../http/server.ts";
import { type JsonLog, jsonLog } from "../runtime/log.ts";
import { describeStore, openStore } from "../store/index.ts";
import type { Store } from "../store/store.ts";
import { callableHost } from "./callable-host.ts";

/** `turnpike start`: opens the database and the ports, and runs the gateway. */
export async function start(config: Config): Promise<{ stop(): Promise<void> }> {
  if (config.channels.length === 0) throw new Misconfigured(NO_CHANNEL);
  const channels = config.channels.map((channel) => channel.create(config));
  const log = jsonLog(config.logLevel);
  for (const warning of config.warnings) log.warn({}, warning);
  const store = await openStore(config.databaseUrl, {
    onFatal: (error) => endNow(log, error),
    onWarning: (text) => log.warn({}, text),
  });
  const gateway = assemble(config, channels, log, store);
  const publicPort = await listen(gateway.fetch, { ...config.public, upgrade: gateway.upgrade });
  const adminPort = await listen(gateway.adminFetch, config.admin);
  const running = await gateway.start({ publicUrl: fromHere(publicPort.url) });
  log.info(
    {
      webhooks: channels.map(({ name, account }) => `${publicPort.url}/webhook/${name}/${account}`).join(" "),
      admin: adminPort.url,
      database: describeStore(config.databaseUrl),
      agent: describeAgent(config),
    },
    "started",
  );
  return { stop: () => stop(log, running, [publicPort, adminPort]) };
}

/** URL for an agent on this machine. */
function fromHere(url: string): string {
  const local = new URL(url);
  local.hostname = callableHost(local.hostname);
  return local.origin;
}

const NO_CHANNEL =
  "no channel is configured: set LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN (LINE Developers Console, " +
  "your channel, tabs Basic settings and Messaging API), or another platform's (docs/settings.md). To try it without an account: turnpike demo";

function assemble(config: Config, channels: readonly Channel[], log: JsonLog, store: Store): Gateway {
  const { agentToken, admin, publicUrl, settings, trustedProxies, logPayloads, logKey } = config;
  return createGateway({
    ...settings,
    store,
    channels,
    trustedProxies,
    agent: withRehearsals(agentOf(config), rehearsalsOf(config)),
    ...(publicUrl !== null && { publicUrl }),
    ...(agentToken !== null && { agentToken }),
    ...(admin.token !== null && { adminToken: admin.token }),
    adminTokens: admin.tokens,
    ...(logKey !== null && { logKey }),
    logPayloads,
    log,
  });
}

/** With named agents the routes decide; turns without a matching route go to the default agent. */
function agentOf(config: Config): Agent {
  const named = Object.entries(config.agents).map(([name, address]) => [name, posted(address)] as const);
  if (named.length === 0) return defaultAgent(config);
  if (!hasDefault(config)) return routedAgents(Object.fromEntries(named), config.routes);
  const agents = Object.fromEntries([...named, [DEFAULT_AGENT, defaultAgent(config)]]);
  return routedAgents(agents, [...config.routes, { agent: DEFAULT_AGENT }]);
}

function rehearsalsOf({ rehearsalAgents }: Config) {
  const all = Object.entries(rehearsalAgents);
  return Object.fromEntries(all.map(([name, { url, secrets }]) => [name, { url, secret: secrets }]));
}

function hasDefault({ agent, agentToken }: Config): boolean {
  return agent !== null || agentToken !== null;
}

function posted({ url, secrets }: AgentAddress): Agent {
  return withBreaker(httpAgent({ url, secret: secrets }));
}

/** The agent with a URL; else those that connect with the token. */
function defaultAgent({ agent, agentToken }: Config): Agent {
  if (agent !== null) return posted(agent);
  return agentToken === null
    ? noAgent()
    : anyOf(withBreaker(webSocketAgent({ token: agentToken })), withBreaker(openabAgent({ token: agentToken })));
}

/** Only the origin: the URL may contain a user, a password or a key. */
function describeAgent({ agent, agents, agentToken }: Config): string {
  const named = Object.entries(agents).map(([name, { url }]) => `${name} ${new URL(url).origin}`);
  if (named.length > 0)
    return [...named, ...(agent === null ? [] : [`default ${new URL(agent.url).origin}`])].join(", ");
  if (agent !== null) return new URL(agent.url).origin;
  return agentToken === null ? "none" : "agents that connect";
}

/** After a failed fsync the state in memory is unreliable: exit, and read the disk at the restart. */
function endNow(log: JsonLog, error: Error): void {
  log.fatal({ reason: error.message }, "disk failed: exiting, so that the restart reads the state on disk");
  log.flush();
  process.exit(1);
}

/** The ports stay open until the gateway has drained: platforms get 503, and agents may still answer. */
async function stop(log: JsonLog, running: { stop(): Promise<void> }, ports: readonly Listening[]): Promise<void> {
  log.info({}, "stopping");
  await running.stop();
  const closed = ports.map((port) => port.close());
  for (const port of ports) port.closeConnections();
  await Promise.all(closed);
  log.info({}, "stopped");
  log.flush();
}
