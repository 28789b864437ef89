import { Hono } from "hono";
import type { Agent, AgentHost } from "./agents/agent.ts";
import type { Upgrade } from "./agents/socket.ts";
import type { Channel } from "./channels/channel.ts";
import { Misconfigured, Unavailable } from "./core/errors.ts";
import { BEAT_EVERY_MS } from "./core/lease.ts";
import { adminApp } from "./http/admin-api.ts";
import { mountAgents } from "./http/agents.ts";
import { createCallers } from "./http/caller.ts";
import { createFlood } from "./http/flood.ts";
import { type Fetch, floodGuard } from "./http/flood-guard.ts";
import { mountHealth } from "./http/health.ts";
import { createMediaLinks, mountMedia } from "./http/media.ts";
import { createUpgrades } from "./http/upgrade.ts";
import { mountWebhooks } from "./http/webhooks.ts";
import { claim } from "./pipeline/claim.ts";
import type { ChannelSet, Deps, Stage } from "./pipeline/deps.ts";
import { createReport } from "./pipeline/report/report.ts";
import { seal } from "./pipeline/seal.ts";
import { send } from "./pipeline/send.ts";
import { answerLater } from "./pipeline/support/deferred-reply.ts";
import { beat, withdraw } from "./pipeline/support/heartbeat.ts";
import { speakFirst } from "./pipeline/support/proactive-message.ts";
import { createQuotaReader } from "./pipeline/support/quota.ts";
import { createContentReader } from "./pipeline/support/read-content.ts";
import { sweep, takeOver } from "./pipeline/sweep.ts";
import { type Chance, systemChance } from "./runtime/chance.ts";
import { type Clock, inTime, pause, systemClock } from "./runtime/clock.ts";
import { createMask } from "./runtime/discretion.ts";
import { keepHappenings } from "./runtime/happenings.ts";
import { createIntake } from "./runtime/intake.ts";
import { createLatch } from "./runtime/latch.ts";
import { type Log, reasonOf, silentLog } from "./runtime/log.ts";
import { guardLog } from "./runtime/log-guard.ts";
import { Runner, type Tick } from "./runtime/loop.ts";
import { createMetrics, type Metrics } from "./runtime/metrics.ts";
import { createQuotaBook } from "./runtime/quota-book.ts";
import { createRate } from "./runtime/rate.ts";
import { createStandstill } from "./runtime/standstill.ts";
import type { Telemetry } from "./runtime/telemetry.ts";
import { createTenure } from "./runtime/tenure.ts";
import { createTraces } from "./runtime/traces.ts";
import { createWake } from "./runtime/wake.ts";
import { type GatewaySettings, resolveSettings, type Settings } from "./settings.ts";
import type { Store } from "./store/store.ts";

export interface GatewayOptions extends GatewaySettings {
  /** The one truth: `sqlite({ file })`, or `await postgres({ url })` for several processes. The gateway closes it when it stops. */
  readonly store: Store;
  /** Our identities on the platforms: `[line({ … })]`. */
  readonly channels: readonly Channel[];
  /** The bot: `httpAgent({ url })` or `inProcessAgent(async (turn) => "…")`. */
  readonly agent: Agent;
  /**
   * Where others reach `fetch`: `https://bot.example`. Agents get links to what people sent that begin with it. Default:
   * what `start` is told, else there are no such links.
   */
  readonly publicUrl?: string;
  /**
   * Addresses and networks (`10.0.0.0/8`) of your own proxies, whose `X-Forwarded-For` is believed. Default: none, and
   * then what comes through a proxy isn't told apart by who sent it: nobody behind one is turned away for a flood.
   */
  readonly trustedProxies?: readonly string[];
  /** For agents that answer later. Default: none, and then there is no reply API. */
  readonly agentToken?: string;
  /** What the admin side asks for. Default: none, for an admin port on loopback. */
  readonly adminToken?: string;
  /** Default: silent. What reaches it holds no secret, and of people and bots no words, unless `logPayloads` is on. */
  readonly log?: Log;
  /** Log what people and bots say, and people's whole ids. For a short look on a machine of your own. Default false. */
  readonly logPayloads?: boolean;
  /** Names people in logs by a hash that stays the same from start to start. Default: drawn at each start. */
  readonly logKey?: string;
  readonly clock?: Clock;
  readonly chance?: Chance;
}

export interface Gateway {
  /** Webhooks, agents and health, as a web-standard handler: mount it in any server that speaks `Request`. */
  readonly fetch: Fetch;
  /** For agents that connect with a WebSocket: give it to `listen`, or to your own server's `upgrade` event. */
  readonly upgrade: Upgrade;
  /** Metrics and the admin API, for a port that only the operator reaches. */
  readonly adminFetch: (request: Request) => Response | Promise<Response>;
  readonly metrics: Metrics;
  /** Takes over what an earlier process left and starts working. Until then webhooks are answered 503. */
  start(options?: StartOptions): Promise<Running>;
}

export interface StartOptions {
  /** In place of a `publicUrl` that wasn't given: the address that a socket got, for agents on the same machine. */
  readonly publicUrl?: string;
}

export interface Running extends AsyncDisposable {
  /** Takes no more webhooks, finishes or hands back what is at work, closes the store. Within 10 s, after the grace. */
  stop(): Promise<void>;
}

/** Work at hand may end by itself for this long … */
const FINISH_MS = 3_500;
/** … then turns are handed back, which takes a commit each. */
const HAND_BACK_MS = 1_500;
/** … and calls on their way may come back. One that doesn't is unknown, and repeated by the next process. */
const LAST_CALLS_MS = 1_500;

/** Before it the store is asked once more what may go out. It may be slow: nothing here waits for it without an end. */
const LAST_LOOK_MS = 1_000;

/** A database that doesn't answer any more isn't waited for: what was committed is there. */
const CLOSE_MS = 1_000;

/** An agent of the bot's own makers may never close. Nothing is at work in it any more. */
const CLOSE_AGENT_MS = 500;

/** Where others share the store they are told that this process is gone. If they can't be, its silence tells them. */
const LEAVE_MS = 500;

/**
 * `leaving`: all is as before, and `/ready` says no, for load balancers. `draining`: no new webhooks; what is at work ends,
 * and agents may still answer.
 */
type Phase = "starting" | "open" | "leaving" | "draining" | "closed";

/** The only assembly: every part meets the others here and nowhere else. */
export function createGateway(options: GatewayOptions): Gateway {
  const { agentToken = null, adminToken = null, trustedProxies = [], clock = systemClock() } = options;
  const stopping = new AbortController();
  const links = createMediaLinks(resolveSettings(options).media.linkMs);
  const { mask, log, happenings } = guardedLogs(options, clock);
  const deps = assemble({ ...options, clock }, { stopping: stopping.signal, mediaLinks: links, mask, log });
  let phase: Phase = "starting";
  const isAccepting = () => phase === "open" || phase === "leaving";
  const isWorking = () => isAccepting() || phase === "draining";

  const app = new Hono();
  mountWebhooks(app, deps, isAccepting);
  mountAgents(app, deps, { token: agentToken, isWorking });
  mountMedia(app, deps, isWorking);
  mountHealth(app, deps, () => phase === "open");
  const admin = adminApp({ deps, token: adminToken, happenings });
  for (const side of [app, admin]) failHonestly(side, deps);
  const doors = deps.agent.doors ?? [];
  for (const { path } of doors) app.get(path, (c) => c.json({ message: "connect with a WebSocket" }, 426));
  const { metrics, settings } = deps;
  const callers = createCallers(trustedProxies);
  const flood = createFlood(clock, settings.limits.refusedPerMinute);
  const upgrades = createUpgrades(doors, { clock, log, metrics, callers, flood, isWorking });
  deps.agent.attach?.(hostOf(deps));

  async function drain(): Promise<void> {
    phase = "leaving";
    if (settings.shutdownGraceMs > 0) await pause(clock, settings.shutdownGraceMs);
    phase = "draining";
    const { runner } = deps;
    const finished = await inTime(clock, FINISH_MS, () => finishWhatIsAtHand(deps));
    stopping.abort();
    if (finished !== true) await runner.idle(HAND_BACK_MS);
    await inTime(clock, LAST_LOOK_MS + LAST_CALLS_MS, () => sendTheLast(deps));
    // Whatever still goes on begins nothing: what it would record could not be settled any more.
    deps.ownership.tenure.giveUp();
    void runner.stopLoops("send");
    phase = "closed";
    deps.inbound.standstill.end();
    await Promise.all([closeAgentAndChannels(deps).then(upgrades.close), inTime(clock, LEAVE_MS, () => leave(deps))]);
    log.close();
    await inTime(clock, CLOSE_MS, () => deps.store.close());
  }

  let stopped: Promise<void> | null = null;
  function stop(): Promise<void> {
    stopped ??= drain();
    return stopped;
  }

  return {
    fetch: floodGuard(app.fetch, { callers, flood, metrics }),
    upgrade: upgrades.upgrade,
    adminFetch: admin.fetch,
    metrics,
    async start({ publicUrl = "" } = {}) {
      await arrive(deps);
      await takeOver(deps);
      const base = options.publicUrl ?? publicUrl;
      if (base !== "") links.setPublicUrl(base);
      deps.outbound.listening.since = deps.clock.now();
      deps.inbound.standstill.begin();
      startLoops(deps);
      phase = "open";
      return { stop, [Symbol.asyncDispose]: stop };
    },
  };
}

async function finishWhatIsAtHand({ runner }: Deps): Promise<boolean> {
  await runner.stopLoops("seal", "claim", "sweep", "quota");
  return await runner.idle(FINISH_MS);
}

/** What was answered meanwhile still goes out: its free token may not live until the next start. */
async function sendTheLast(deps: Parts): Promise<boolean> {
  await send(deps).catch((error) =>
    deps.log.warn({ reason: reasonOf(error) }, "the last answers wait for the next start"),
  );
  await deps.runner.stopLoops("send");
  return await deps.runner.idle(LAST_CALLS_MS);
}

async function closeAgentAndChannels({ agent, channels, clock, log }: Parts): Promise<void> {
  const parts = [agent, ...channels.all];
  const closed = await inTime(clock, CLOSE_AGENT_MS, () =>
    Promise.allSettled(parts.map(async (part) => await part.close())),
  );
  if (closed === "late")
    return log.warn({ waitedMs: CLOSE_AGENT_MS }, "the agent or a channel doesn't close: it is left behind");
  for (const end of closed) {
    if (end.status === "rejected") log.warn({ reason: reasonOf(end.reason) }, "the agent or a channel failed to close");
  }
}

/** What must never be read by anybody. Asked for anew each time: access tokens come and go. */
function secretsOf({ channels, agent, agentToken, adminToken }: GatewayOptions): readonly string[] {
  const parts = [...channels, agent].flatMap((part) => part.secrets?.() ?? []);
  return [...parts, ...[agentToken, adminToken].filter((token) => token !== undefined)];
}

/** Nothing is written, and nothing kept for whoever looks on, that the guard doesn't let through. */
function guardedLogs(options: GatewayOptions, clock: Clock) {
  const { log: written = silentLog, logPayloads: payloads = false, logKey } = options;
  const mask = createMask(() => secretsOf(options));
  const { log: kept, happenings } = keepHappenings(written, clock);
  const log = guardLog(kept, { mask, clock, payloads, ...(logKey !== undefined && { key: logKey }) });
  return { mask, log, happenings };
}

/** The stages get it as `Deps`: what they have to tell, they tell by its `report`. */
type Parts = Deps & Telemetry;
type Prepared = Pick<Parts, "stopping" | "mediaLinks" | "mask" | "log">;

function assemble(options: GatewayOptions & { readonly clock: Clock }, prepared: Prepared): Parts {
  const { store, channels, agent, clock, chance = systemChance() } = options;
  const { log } = prepared;
  const metrics = createMetrics();
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
    chance,
    metrics,
    traces,
    report: createReport({ log, metrics, traces, clock }),
    wake: createWake<Stage>(clock),
    runner: new Runner({ clock, log, onLeaseLost: () => metrics.leaseLost.inc() }),
    ownership: { owner: chance.id("owner"), tenure: createTenure(clock, store.beat !== undefined) },
    inbound: {
      intake: createIntake(clock, { atOnce: limits.webhooksAtOnce, perSecond: limits.webhooksPerSecond }),
      standstill: createStandstill(clock),
    },
    outbound: { inHand: new Set(), rate: createRate(clock), listening: { since: clock.now() } },
    quota: createQuotaBook(clock),
    answered: createLatch(),
  };
}

function channelSet(channels: readonly Channel[], { accountBatch }: Settings): ChannelSet {
  const byName = new Map(channels.map((channel) => [`${channel.name}/${channel.account}`, channel]));
  if (byName.size !== channels.length) throw new Misconfigured("two channels have the same name and account");
  const stray = Object.keys(accountBatch).find((account) => !byName.has(account));
  if (stray !== undefined) {
    throw new Misconfigured(`accountBatch: read ${JSON.stringify(stray)}; allowed: ${[...byName.keys()].join(", ")}`);
  }
  return {
    all: channels,
    accounts: [...byName.keys()],
    find: (channel, account) => byName.get(`${channel}/${account}`) ?? null,
  };
}

function hostOf(deps: Parts): AgentHost {
  return {
    clock: deps.clock,
    chance: deps.chance,
    log: deps.log,
    leaseMs: deps.settings.leaseMs,
    accounts: deps.channels.accounts,
    pause: (ms) => pause(deps.clock, ms, deps.stopping),
    answer: (replies) => answerLater(deps, replies),
    post: (message) => speakFirst(deps, message),
    readContent: createContentReader(deps),
    wake: () => deps.wake.signal("claim"),
    countConnections: (change) => deps.metrics.agentConnections.inc(change),
  };
}

function startLoops(deps: Deps): void {
  const { runner, wake } = deps;
  const stages: Record<Stage, (deps: Deps) => Promise<Tick>> = {
    beat,
    seal,
    claim,
    send,
    sweep,
    quota: createQuotaReader(deps),
  };
  if (deps.store.beat !== undefined) {
    runner.loop({ name: "beat", wake, pollMs: BEAT_EVERY_MS, tick: () => stages.beat(deps) });
  }
  for (const name of ["seal", "claim", "send", "sweep", "quota"] as const) {
    runner.loop({ name, wake, pollMs: pollMsOf(deps), tick: () => stages[name](deps) });
  }
  deps.store.listen?.(() => wake.signal("claim"));
}

/** One that can't say yet that it lives starts all the same, and begins nothing until it can. */
async function arrive(deps: Parts): Promise<void> {
  try {
    await beat(deps);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    deps.log.warn({ reason: reasonOf(error) }, "not known to the other processes yet");
  }
}

async function leave(deps: Parts): Promise<void> {
  await deps.runner.stopLoops("beat");
  try {
    await withdraw(deps);
  } catch (error) {
    deps.log.warn({ reason: reasonOf(error) }, "not withdrawn: others find out by this process's silence");
  }
}

/** Processes that share a store and were started at one moment don't look at it at one moment for ever: up to a quarter less. */
function pollMsOf({ store, settings, chance }: Deps): number {
  return store.beat === undefined ? settings.pollMs : Math.ceil(settings.pollMs * (1 - chance.random() / 4));
}

/** What nobody expected is a 500 with no details for the caller and all of them in the log. */
function failHonestly(app: Hono, { log }: Pick<Telemetry, "log">): void {
  app.onError((error, c) => {
    log.error({ path: c.req.path, reason: reasonOf(error) }, "request failed");
    return c.json({ message: "internal error" }, 500);
  });
  app.notFound((c) => c.json({ message: `nothing is at ${c.req.path}` }, 404));
}
