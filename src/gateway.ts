import { Hono } from "hono";
import type { Agent, AgentHost } from "./agents/agent.ts";
import type { Upgrade } from "./agents/socket.ts";
import type { Channel } from "./channels/channel.ts";
import { type GatewaySettings, resolveSettings, type Settings } from "./config/gateway-settings.ts";
import { type AdminToken, allAdminTokens } from "./core/admin-token.ts";
import { accountKeyOf } from "./core/conversation.ts";
import { Misconfigured, Unavailable } from "./core/errors.ts";
import { HEARTBEAT_EVERY_MS } from "./core/lease.ts";
import { adminApp } from "./http/admin/app.ts";
import { CONSOLE_FOLDER } from "./http/admin/console-files.ts";
import { mountAgentApi } from "./http/agent-api.ts";
import { createClientAddresses } from "./http/client-address.ts";
import { mountHealth } from "./http/health.ts";
import { createMediaLinks, mountMedia } from "./http/media.ts";
import { createRateLimit } from "./http/rate-limit.ts";
import { type Fetch, rateLimitedFetch } from "./http/rate-limited-fetch.ts";
import { createUpgrades } from "./http/upgrade.ts";
import { mountWebhooks } from "./http/webhooks.ts";
import { claim } from "./pipeline/claim.ts";
import type { ChannelSet, Deps, LoopName } from "./pipeline/deps.ts";
import { createReport } from "./pipeline/report/report.ts";
import { seal } from "./pipeline/seal.ts";
import { send } from "./pipeline/send.ts";
import { checkAccounts } from "./pipeline/support/check-accounts.ts";
import { acceptDeferredReply } from "./pipeline/support/deferred-reply.ts";
import { deregister, heartbeat } from "./pipeline/support/heartbeat.ts";
import { sendProactiveMessage } from "./pipeline/support/proactive-message.ts";
import { createQuotaReader } from "./pipeline/support/quota.ts";
import { createContentReader } from "./pipeline/support/read-content.ts";
import { reclaimOrphanedLeases, sweep } from "./pipeline/sweep.ts";
import { createAdmissionControl } from "./runtime/admission-control.ts";
import { type AgentActivity, createAgentActivity } from "./runtime/agent-activity.ts";
import { type Clock, inTime, pause, systemClock } from "./runtime/clock.ts";
import { createCompletionSignals } from "./runtime/completion-signals.ts";
import { createEventDuplicates, type EventDuplicates } from "./runtime/duplicates.ts";
import { createEventFeed } from "./runtime/event-feed.ts";
import { type Log, reasonOf, silentLog } from "./runtime/log.ts";
import { type PollResult, Runner } from "./runtime/loop.ts";
import { createMetrics, type Metrics } from "./runtime/metrics.ts";
import { createProcessLease } from "./runtime/process-lease.ts";
import { createPulse, type Pulse } from "./runtime/pulse.ts";
import { feedPulse } from "./runtime/pulse-feed.ts";
import { createQuotaCache } from "./runtime/quota-cache.ts";
import { type Random, systemRandom } from "./runtime/random.ts";
import { redactingLog } from "./runtime/redacting-log.ts";
import { createRedactor } from "./runtime/redaction.ts";
import { createStallDetector } from "./runtime/stall-detector.ts";
import type { Telemetry } from "./runtime/telemetry.ts";
import { createTokenBuckets } from "./runtime/token-bucket.ts";
import { createTraces } from "./runtime/traces.ts";
import { createWakeup } from "./runtime/wakeup.ts";
import type { Store } from "./store/store.ts";

export interface GatewayOptions extends GatewaySettings {
  /** The database: `sqlite({ file })`, or `await postgres({ url })` for several processes. The gateway closes it when it stops. */
  readonly store: Store;
  /** Our accounts on the platforms: `[line({ … })]`. */
  readonly channels: readonly Channel[];
  /** The bot: `httpAgent({ url })` or `inProcessAgent(async (turn) => "…")`. */
  readonly agent: Agent;
  /**
   * Public URL of `fetch`: `https://bot.example`. Links to people's media, for agents, begin with it. Default: the one
   * that `start` gets, else there are no such links.
   */
  readonly publicUrl?: string;
  /**
   * Addresses and networks (`10.0.0.0/8`) of your own proxies, whose `X-Forwarded-For` is trusted. Default: none, and then
   * clients behind a proxy can't be told apart, so they aren't rate limited.
   */
  readonly trustedProxies?: readonly string[];
  /** Token of the reply API, for agents that answer later. Default: none, and then there is no reply API. */
  readonly agentToken?: string;
  /** Token of the admin API. Default: none, for an admin port on loopback. */
  readonly adminToken?: string;
  /** The platforms are simulated, and the simulator's page is served: for the console. Default false. */
  readonly hasSimulator?: boolean;
  /** Tokens of the admin API with names, for the audit log, and rights. Default: none. */
  readonly adminTokens?: readonly AdminToken[];
  /** Folder of the console's built files. Default: that of this package; without one there is no console. */
  readonly consoleFolder?: string;
  /** Default: silent. Its lines hold no secrets, and no message content unless `logPayloads` is on. */
  readonly log?: Log;
  /** Log message content and people's whole ids. For debugging on a machine of your own. Default false. */
  readonly logPayloads?: boolean;
  /** Names people in logs by a hash that stays the same from start to start. Default: random at each start. */
  readonly logKey?: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface Gateway {
  /** Webhooks, agents and health, as a web-standard handler: mount it in any server that speaks `Request`. */
  readonly fetch: Fetch;
  /** Handles agents' WebSocket upgrades: give it to `listen`, or to your own server's `upgrade` event. */
  readonly upgrade: Upgrade;
  /** Metrics and the admin API, for a port that only operators reach. */
  readonly adminFetch: (request: Request) => Response | Promise<Response>;
  readonly metrics: Metrics;
  /** Reclaims what an earlier process left and starts working. Until then webhooks are answered 503. */
  start(options?: StartOptions): Promise<Running>;
}

export interface StartOptions {
  /** Used when the options have no `publicUrl`: the server's own address, for agents on the same machine. */
  readonly publicUrl?: string;
}

export interface Running extends AsyncDisposable {
  /** Graceful shutdown: takes no more webhooks, finishes or hands back work in progress, closes the store. Within 10 s, after the grace. */
  stop(): Promise<void>;
}

/** Shutdown: work in progress may finish for this long … */
const FINISH_MS = 3_500;
/** … then turns are handed back, which takes a commit each. */
const HAND_BACK_MS = 1_500;
/** … and calls in flight may return. One that doesn't is unknown, and repeated by the next process. */
const LAST_CALLS_MS = 1_500;

/** Before that the store is polled once more for due deliveries. It may be slow, so this is bounded. */
const LAST_POLL_MS = 1_000;

/** Time limit of closing the store: what was committed is safe without it. */
const CLOSE_MS = 1_000;

/** Time limit of closing the agent and the channels: a custom agent may never close, and no work is left in it. */
const CLOSE_AGENT_MS = 500;

/** Time limit of deregistering from a shared store. Without it the others notice when the heartbeats stop. */
const DEREGISTER_MS = 500;

/**
 * `leaving`: works as before, but `/ready` fails, for load balancers. `draining`: no new webhooks; work in progress ends,
 * and agents may still answer.
 */
type Phase = "starting" | "open" | "leaving" | "draining" | "closed";

/** The composition root: the only place where the parts are wired together. */
export function createGateway(options: GatewayOptions): Gateway {
  const { agentToken = null, trustedProxies = [], clock = systemClock() } = options;
  const stopping = new AbortController();
  const links = createMediaLinks(resolveSettings(options).media.linkMs);
  const { redact, log, eventFeed } = redactingLogs(options, clock);
  const deps = assemble({ ...options, clock }, { stopping: stopping.signal, mediaLinks: links, redact, log });
  let phase: Phase = "starting";
  const isAccepting = () => phase === "open" || phase === "leaving";
  const isWorking = () => isAccepting() || phase === "draining";

  const app = new Hono();
  mountWebhooks(app, deps, isAccepting);
  mountAgentApi(app, deps, { token: agentToken, isWorking });
  mountMedia(app, deps, isWorking);
  mountHealth(app, deps, () => phase === "open");
  const clientAddresses = createClientAddresses(trustedProxies);
  const admin = adminOf(options, { deps, eventFeed, clientAddresses });
  for (const side of [app, admin]) handleErrors(side, deps);
  const endpoints = deps.agent.endpoints ?? [];
  for (const { path } of endpoints) app.get(path, (c) => c.json({ message: "connect with a WebSocket" }, 426));
  const { metrics, settings } = deps;
  const rateLimit = createRateLimit(clock, settings.limits.refusedPerMinute);
  const upgrades = createUpgrades(endpoints, { clock, log, metrics, clientAddresses, rateLimit, isWorking });
  deps.agent.attach?.(hostOf(deps));

  async function shutDown(): Promise<void> {
    phase = "leaving";
    if (settings.shutdownGraceMs > 0) await pause(clock, settings.shutdownGraceMs);
    phase = "draining";
    const { runner } = deps;
    const finished = await inTime(clock, FINISH_MS, () => drain(deps));
    stopping.abort();
    if (finished !== true) await runner.idle(HAND_BACK_MS);
    await inTime(clock, LAST_POLL_MS + LAST_CALLS_MS, () => flushDeliveries(deps));
    // No further call is begun: its outcome could not be stored any more.
    deps.ownership.processLease.release();
    void runner.stopLoops("send");
    phase = "closed";
    deps.inbound.stallDetector.end();
    await Promise.all([closeAgentAndChannels(deps).then(upgrades.close), deregisterInTime(deps)]);
    log.close();
    await inTime(clock, CLOSE_MS, () => deps.store.close());
  }

  let stopped: Promise<void> | null = null;
  function stop(): Promise<void> {
    stopped ??= shutDown();
    return stopped;
  }

  return {
    fetch: rateLimitedFetch(app.fetch, { clientAddresses, rateLimit, metrics }),
    upgrade: upgrades.upgrade,
    adminFetch: admin.fetch,
    metrics,
    async start({ publicUrl = "" } = {}) {
      await registerProcess(deps);
      await reclaimOrphanedLeases(deps);
      const base = options.publicUrl ?? publicUrl;
      if (base !== "") links.setPublicUrl(base);
      deps.outbound.receiptTracking.since = deps.clock.now();
      deps.inbound.stallDetector.begin();
      startLoops(deps);
      phase = "open";
      return { stop, [Symbol.asyncDispose]: stop };
    },
  };
}

type AdminAppParts = Parameters<typeof adminApp>[0];

function adminOf(options: GatewayOptions, parts: Pick<AdminAppParts, "deps" | "eventFeed" | "clientAddresses">): Hono {
  const { consoleFolder = CONSOLE_FOLDER, hasSimulator = false } = options;
  return adminApp({ ...parts, tokens: allAdminTokens(options), consoleFolder, hasSimulator });
}

async function drain({ runner }: Deps): Promise<boolean> {
  await runner.stopLoops("seal", "claim", "sweep", "check-accounts", "quota");
  return await runner.idle(FINISH_MS);
}

/** Sends what was answered meanwhile: its reply token may expire before the next start. */
async function flushDeliveries(deps: Parts): Promise<boolean> {
  await send(deps).catch((error) =>
    deps.log.warn({ reason: reasonOf(error) }, "last deliveries not flushed: they wait for the next start"),
  );
  await deps.runner.stopLoops("send");
  return await deps.runner.idle(LAST_CALLS_MS);
}

async function closeAgentAndChannels({ agent, channels, clock, log }: Parts): Promise<void> {
  const parts = [agent, ...channels.all];
  const closed = await inTime(clock, CLOSE_AGENT_MS, () =>
    Promise.allSettled(parts.map(async (part) => await part.close())),
  );
  if (closed === "late") return log.warn({ waitedMs: CLOSE_AGENT_MS }, "the agent or a channel did not close in time");
  for (const end of closed) {
    if (end.status === "rejected") log.warn({ reason: reasonOf(end.reason) }, "the agent or a channel failed to close");
  }
}

/** Secrets to redact. Collected anew each time, because access tokens change. */
function secretsOf({ channels, agent, agentToken, adminToken, adminTokens = [] }: GatewayOptions): readonly string[] {
  const parts = [...channels, agent].flatMap((part) => part.secrets?.() ?? []);
  const named = adminTokens.map(({ token }) => token);
  return [...parts, ...named, ...[agentToken, adminToken].filter((token) => token !== undefined)];
}

/** Log and event feed, both behind the redacting log. */
function redactingLogs(options: GatewayOptions, clock: Clock) {
  const { log: written = silentLog, logPayloads: payloads = false, logKey } = options;
  const redact = createRedactor(() => secretsOf(options));
  const { log: kept, eventFeed } = createEventFeed(written, clock);
  const log = redactingLog(kept, { redact, clock, payloads, ...(logKey !== undefined && { key: logKey }) });
  return { redact, log, eventFeed };
}

/** Stages get it as `Deps`, without the telemetry: they report outcomes through `report`. */
type Parts = Deps & Telemetry & Remembered;

/** What this process remembers of what it did, for the admin API. */
interface Remembered {
  readonly pulse: Pulse;
  readonly agentActivity: AgentActivity;
  readonly eventDuplicates: EventDuplicates;
}

type Prepared = Pick<Parts, "stopping" | "mediaLinks" | "redact" | "log">;

function assemble(options: GatewayOptions & { readonly clock: Clock }, prepared: Prepared): Parts {
  const { store, channels, agent, clock, random = systemRandom() } = options;
  const { log } = prepared;
  const metrics = createMetrics();
  const pulse = createPulse(clock);
  feedPulse(metrics, pulse);
  const agentActivity = createAgentActivity(clock);
  const eventDuplicates = createEventDuplicates(clock);
  const traces = createTraces();
  const settings = resolveSettings(options);
  const { limits } = settings;
  return {
    store,
    channels: channelSet(channels, settings),
    agent,
    settings,
    ...prepared,
    clock,
    random,
    metrics,
    pulse,
    traces,
    agentActivity,
    eventDuplicates,
    report: createReport({ log, metrics, traces, clock, agentActivity, eventDuplicates }),
    wake: createWakeup<LoopName>(clock),
    runner: new Runner({ clock, log, onLeaseLost: () => metrics.leaseLost.inc() }),
    ownership: { owner: random.id("owner"), processLease: createProcessLease(clock, store.heartbeat !== undefined) },
    inbound: {
      admission: createAdmissionControl(clock, { atOnce: limits.webhooksAtOnce, perSecond: limits.webhooksPerSecond }),
      stallDetector: createStallDetector(clock),
      withoutBacklog: new Set(),
    },
    outbound: {
      inFlight: new Set(),
      withoutBacklog: new Set(),
      rate: createTokenBuckets(clock),
      receiptTracking: { since: clock.now() },
    },
    quota: createQuotaCache(clock),
    turnCompletions: createCompletionSignals(),
  };
}

function channelSet(channels: readonly Channel[], { accountBatch }: Settings): ChannelSet {
  const byKey = new Map(
    channels.map((channel) => [accountKeyOf({ channel: channel.name, account: channel.account }), channel]),
  );
  if (byKey.size !== channels.length) throw new Misconfigured("two channels have the same name and account");
  const accountKeys = [...byKey.keys()];
  const stray = Object.keys(accountBatch).find((key) => !accountKeys.some((accountKey) => accountKey === key));
  if (stray !== undefined) {
    throw new Misconfigured(`accountBatch: read ${JSON.stringify(stray)}; allowed: ${accountKeys.join(", ")}`);
  }
  return {
    all: channels,
    accountKeys,
    find: (channel, account) => byKey.get(accountKeyOf({ channel, account })) ?? null,
  };
}

function hostOf(deps: Parts): AgentHost {
  return {
    clock: deps.clock,
    random: deps.random,
    log: deps.log,
    leaseMs: deps.settings.leaseMs,
    accountKeys: deps.channels.accountKeys,
    pause: (ms) => pause(deps.clock, ms, deps.stopping),
    answer: (replies) => acceptDeferredReply(deps, replies),
    post: (message) => sendProactiveMessage(deps, message),
    readContent: createContentReader(deps),
    wake: () => deps.wake.signal("claim"),
    countConnections: (change) => deps.metrics.agentConnections.inc(change),
  };
}

function startLoops(deps: Deps): void {
  const { runner, wake } = deps;
  const polls: Record<LoopName, (deps: Deps) => Promise<PollResult>> = {
    heartbeat,
    seal,
    claim,
    send,
    sweep,
    "check-accounts": checkAccounts,
    quota: createQuotaReader(deps),
  };
  if (deps.store.heartbeat !== undefined) {
    runner.loop({ name: "heartbeat", wake, pollMs: HEARTBEAT_EVERY_MS, poll: () => polls.heartbeat(deps) });
  }
  for (const name of ["seal", "claim", "send", "sweep", "check-accounts", "quota"] as const) {
    runner.loop({ name, wake, pollMs: pollMsOf(deps), poll: () => polls[name](deps) });
  }
  deps.store.listen?.(() => wake.signal("claim"));
}

/** A process that can't register yet starts all the same, and begins no work before its first heartbeat. */
async function registerProcess(deps: Parts): Promise<void> {
  try {
    await heartbeat(deps);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    deps.log.warn({ reason: reasonOf(error) }, "not registered with the other processes yet");
  }
}

const deregisterInTime = (deps: Parts) => inTime(deps.clock, DEREGISTER_MS, () => deregisterProcess(deps));

async function deregisterProcess(deps: Parts): Promise<void> {
  await deps.runner.stopLoops("heartbeat");
  try {
    await deregister(deps);
  } catch (error) {
    deps.log.warn({ reason: reasonOf(error) }, "not deregistered: others notice when the heartbeats stop");
  }
}

/** Jitter of up to a quarter, so that processes that share a store and were started together don't poll together. */
function pollMsOf({ store, settings, random }: Deps): number {
  return store.heartbeat === undefined ? settings.pollMs : Math.ceil(settings.pollMs * (1 - random.fraction() / 4));
}

/** An unexpected error is a 500 without details for the client; the log has them. */
function handleErrors(app: Hono, { log }: Pick<Telemetry, "log">): void {
  app.onError((error, c) => {
    log.error({ path: c.req.path, reason: reasonOf(error) }, "request failed");
    return c.json({ message: "internal error" }, 500);
  });
  app.notFound((c) => c.json({ message: `there is no resource ${c.req.path}` }, 404));
}
