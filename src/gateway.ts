import { Hono } from "hono";
import type { Agent, AgentHost } from "./agents/agent.ts";
import type { Upgrade } from "./agents/socket.ts";
import type { Channel } from "./channels/channel.ts";
import { Misconfigured } from "./core/errors.ts";
import type { Deps, Stage } from "./deps.ts";
import { adminApp } from "./http/admin-api.ts";
import { mountAgents } from "./http/agents.ts";
import { mountHealth } from "./http/health.ts";
import { createMediaLinks, mountMedia } from "./http/media.ts";
import { createUpgrades } from "./http/upgrade.ts";
import { mountWebhooks } from "./http/webhooks.ts";
import { answerLater } from "./pipeline/answer-later.ts";
import { claim } from "./pipeline/claim.ts";
import { createQuotaReader } from "./pipeline/quota.ts";
import { seal } from "./pipeline/seal.ts";
import { send } from "./pipeline/send.ts";
import { speakFirst } from "./pipeline/speak-first.ts";
import { sweep, takeOver } from "./pipeline/sweep.ts";
import { type Chance, systemChance } from "./runtime/chance.ts";
import { type Clock, pause, systemClock } from "./runtime/clock.ts";
import { createMask } from "./runtime/discretion.ts";
import { createLatch } from "./runtime/latch.ts";
import { type Log, reasonOf, silentLog } from "./runtime/log.ts";
import { type GuardedLog, type GuardOptions, guardLog } from "./runtime/log-guard.ts";
import { Runner, type Tick } from "./runtime/loop.ts";
import { createMetrics, type Metrics } from "./runtime/metrics.ts";
import { createQuotaBook } from "./runtime/quota-book.ts";
import { createRate } from "./runtime/rate.ts";
import { createTraces } from "./runtime/traces.ts";
import { createWake } from "./runtime/wake.ts";
import { type GatewaySettings, resolveSettings } from "./settings.ts";
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
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** For agents that connect with a WebSocket: give it to `listen`, or to your own server's `upgrade` event. */
  readonly upgrade: Upgrade;
  /** Metrics, for a port that only the operator reaches. */
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
  /** Takes no more webhooks, finishes or hands back what is at work, closes the store. Within 10 s. */
  stop(): Promise<void>;
}

/** Work at hand may end by itself for this long … */
const FINISH_MS = 5_000;
/** … then turns are handed back, which takes a commit each. */
const HAND_BACK_MS = 1_500;
/** … and calls on their way may come back. One that doesn't is unknown, and repeated by the next process. */
const LAST_CALLS_MS = 1_500;

/** `draining`: no new webhooks; what is at work ends, and agents may still answer. */
type Phase = "starting" | "open" | "draining" | "closed";

/** The only assembly: every part meets the others here and nowhere else. */
export function createGateway(options: GatewayOptions): Gateway {
  const { agentToken = null, adminToken = null, clock = systemClock() } = options;
  const stopping = new AbortController();
  const links = createMediaLinks(resolveSettings(options).media.linkMs);
  const mask = createMask(() => secretsOf(options));
  const log = guardOf(options, { mask, clock });
  const deps = assemble({ ...options, clock }, { stopping: stopping.signal, mediaLinks: links, mask, log });
  let phase: Phase = "starting";
  const isAccepting = () => phase === "open";
  const isWorking = () => phase === "open" || phase === "draining";

  const app = new Hono();
  mountWebhooks(app, deps, isAccepting);
  mountAgents(app, deps, { token: agentToken, isWorking });
  mountMedia(app, deps, isWorking);
  mountHealth(app, deps, isAccepting);
  const admin = adminApp(deps, adminToken);
  for (const side of [app, admin]) failHonestly(side, deps);
  const doors = deps.agent.doors ?? [];
  for (const { path } of doors) app.get(path, (c) => c.json({ message: "connect with a WebSocket" }, 426));
  const upgrades = createUpgrades(doors, { clock: deps.clock, log, isWorking });
  deps.agent.attach?.(hostOf(deps));

  async function drain(): Promise<void> {
    phase = "draining";
    await deps.runner.stopLoops("seal", "claim", "sweep", "quota");
    const finished = await deps.runner.idle(FINISH_MS);
    stopping.abort();
    if (!finished) await deps.runner.idle(HAND_BACK_MS);
    // What was answered meanwhile still goes out: its free token may not live until the next start.
    await send(deps).catch((error) =>
      log.warn({ reason: reasonOf(error) }, "the last answers wait for the next start"),
    );
    await deps.runner.stopLoops("send");
    await deps.runner.idle(LAST_CALLS_MS);
    phase = "closed";
    await Promise.all([deps.agent.close(), ...deps.channels.all.map((channel) => channel.close())]);
    await upgrades.close();
    log.close();
    await deps.store.close();
  }

  let stopped: Promise<void> | null = null;
  function stop(): Promise<void> {
    stopped ??= drain();
    return stopped;
  }

  return {
    fetch: app.fetch,
    upgrade: upgrades.upgrade,
    adminFetch: admin.fetch,
    metrics: deps.metrics,
    async start({ publicUrl = "" } = {}) {
      await takeOver(deps);
      const base = options.publicUrl ?? publicUrl;
      if (base !== "") links.setPublicUrl(base);
      deps.listening.since = deps.clock.now();
      startLoops(deps);
      phase = "open";
      return { stop, [Symbol.asyncDispose]: stop };
    },
  };
}

/** What must never be read by anybody. Asked for anew each time: access tokens come and go. */
function secretsOf({ channels, agent, agentToken, adminToken }: GatewayOptions): readonly string[] {
  const parts = [...channels, agent].flatMap((part) => part.secrets?.() ?? []);
  return [...parts, ...[agentToken, adminToken].filter((token) => token !== undefined)];
}

function guardOf(options: GatewayOptions, parts: Pick<GuardOptions, "mask" | "clock">): GuardedLog {
  const { log = silentLog, logPayloads: payloads = false, logKey } = options;
  return guardLog(log, { ...parts, payloads, ...(logKey !== undefined && { key: logKey }) });
}

type Prepared = Pick<Deps, "stopping" | "mediaLinks" | "mask" | "log">;

function assemble(options: GatewayOptions & { readonly clock: Clock }, prepared: Prepared): Deps {
  const { store, channels, agent, clock, chance = systemChance() } = options;
  const { log } = prepared;
  const metrics = createMetrics();
  const byName = new Map(channels.map((channel) => [`${channel.name}/${channel.account}`, channel]));
  if (byName.size !== channels.length) throw new Misconfigured("two channels have the same name and account");
  return {
    store,
    channels: {
      all: channels,
      accounts: [...byName.keys()],
      find: (channel, account) => byName.get(`${channel}/${account}`) ?? null,
    },
    agent,
    ...prepared,
    clock,
    chance,
    metrics,
    traces: createTraces(),
    wake: createWake<Stage>(clock),
    runner: new Runner({ clock, log, onLeaseLost: () => metrics.leaseLost.inc() }),
    answered: createLatch(),
    rate: createRate(clock),
    quota: createQuotaBook(clock),
    inHand: new Set(),
    owner: chance.id("owner"),
    settings: resolveSettings(options),
    listening: { since: clock.now() },
  };
}

function hostOf(deps: Deps): AgentHost {
  return {
    clock: deps.clock,
    chance: deps.chance,
    log: deps.log,
    leaseMs: deps.settings.leaseMs,
    accounts: deps.channels.accounts,
    pause: (ms) => pause(deps.clock, ms, deps.stopping),
    answer: (replies) => answerLater(deps, replies),
    post: (message) => speakFirst(deps, message),
    wake: () => deps.wake.signal("claim"),
    countConnections: (change) => deps.metrics.agentConnections.inc(change),
  };
}

function startLoops(deps: Deps): void {
  const { runner, wake, settings } = deps;
  const stages: Record<Stage, (deps: Deps) => Promise<Tick>> = {
    seal,
    claim,
    send,
    sweep,
    quota: createQuotaReader(deps),
  };
  for (const name of ["seal", "claim", "send", "sweep", "quota"] as const) {
    runner.loop({ name, wake, pollMs: settings.pollMs, tick: () => stages[name](deps) });
  }
  deps.store.listen?.(() => wake.signal("claim"));
}

/** What nobody expected is a 500 with no details for the caller and all of them in the log. */
function failHonestly(app: Hono, deps: Pick<Deps, "log">): void {
  app.onError((error, c) => {
    deps.log.error({ path: c.req.path, reason: reasonOf(error) }, "request failed");
    return c.json({ message: "internal error" }, 500);
  });
  app.notFound((c) => c.json({ message: `nothing is at ${c.req.path}` }, 404));
}
