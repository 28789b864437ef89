/** The gateway's processes on one database: they are born, die, freeze and come back, while the store has its own weather. */

import type { PostClient } from "../../../src/channels/platform-client.ts";
import type { SeedPlatform } from "../../../src/channels/simulation/fixtures/seeds.ts";
import type { GatewaySettings } from "../../../src/config/gateway-settings.ts";
import { createGateway, type Gateway } from "../../../src/gateway.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Random } from "../../../src/runtime/random.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Host } from "../faults/agent-transports.ts";
import { type Fault, Tap } from "../faults/tap.ts";
import { tapAgent, tapChannel, tapStore } from "../faults/world.ts";
import { separateTransactions } from "../separate-transactions.ts";
import type { SeedTransport } from "./agent-transports.ts";
import { CommitRecorder } from "./commit-recorder.ts";
import { type Coverage, stateAtCall } from "./coverage.ts";
import { Disturbances } from "./disturbances.ts";
import { AWAKE, type GatewayRun } from "./gateway-run.ts";
import { MachineClock } from "./machine-clock.ts";
import { ObservedTime } from "./observed-time.ts";
import type { SafeguardOverrides } from "./safeguard-overrides.ts";
import type { Prng } from "./seeded-prng.ts";
import { StoreFaults } from "./store-faults.ts";
import type { SeedStore } from "./stores.ts";
import { AGENT_TOKEN, POLL_MS, SETTINGS, SWEEP_MS, TIMES } from "./times.ts";

export interface RestartsOptions {
  readonly disk: SeedStore;
  /** How many processes there are at a time, where the database can be shared. */
  readonly nodes: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly prng: Prng;
  readonly platform: SeedPlatform;
  readonly agentTransport: Pick<SeedTransport, "agent" | "gone">;
  readonly coverage: Coverage;
  /** What may happen to a call; none when the list is empty. */
  readonly faults: readonly Fault[];
  readonly overrides?: SafeguardOverrides;
  /** Each step of a message is a transaction of its own, as where there is no room. */
  readonly isSeparate: boolean;
  /** How the gateways of this run are set, beside what is the same in all. */
  readonly settings: GatewaySettings;
  /** Retention may delete what is there now. */
  readonly beforePurge: () => Promise<void>;
}

/** A long-running process ends sooner or later; a short one should at least have begun. */
const CALLS_BETWEEN_FAULTS = [1, 80] as const;
/** At such a call nothing of a message changes: most faults go elsewhere. */
const LOOKS = /^store\.(dueTurns|readyTurns|dueDeliveries|findTurn|countWaiting|purge|expireLeases|close)$/;

/** How long a shutdown may take (ms): what `stop` promises. */
const PATIENCE_MS = 10_000;

export class Restarts {
  /** Every call of every process, in order. */
  readonly calls: string[] = [];
  /** What was broken by a process itself, whatever anybody saw of it. */
  readonly broken: string[] = [];
  readonly recorder: CommitRecorder;
  readonly disturbances: Disturbances;
  /** The clock of the machine that they all are on. */
  readonly machine: MachineClock;
  /** Processes that ended without having been asked to. */
  crashes = 0;
  readonly #options: RestartsOptions;
  readonly #observedTime: ObservedTime;
  readonly #storeFaults: StoreFaults;
  #runs: GatewayRun[] = [];
  #current: GatewayRun | null = null;
  /** Processes that wait for their connections. */
  #opening = 0;
  /** Stores of the dead, that are on their way out. */
  readonly #closing = new Set<Promise<void>>();
  /** The access token that the platform takes, and the one that the operator gives to new processes. */
  #validToken = 0;
  #knownToken = 0;
  #untilFault: number;
  #isCalm = false;

  constructor(options: RestartsOptions) {
    const { clock, prng, coverage } = options;
    this.#options = options;
    this.machine = new MachineClock(clock, options.overrides?.clock ?? same);
    options.disk.setTime(() => this.machine.wall());
    this.#untilFault = this.#drawFault();
    this.#observedTime = new ObservedTime(clock.now());
    this.disturbances = new Disturbances(clock);
    this.#storeFaults = new StoreFaults({ clock, prng, coverage, excuse: (until) => this.#excuse(until) });
    this.recorder = new CommitRecorder({
      now: clock.now,
      watchedMs: () => this.watchedMs,
      steps: () => this.machine,
      beforePurge: async () => {
        if (this.machine.forwardMs >= TIMES.metadataMs) await options.beforePurge();
      },
      onPurge: (what) => coverage.count("retention", what === "turns" ? "sent" : "forgotten"),
      onReceipt: (status, state) => coverage.count(`receipt: ${status}`, state),
    });
  }

  /** How long somebody was there to look, until now. */
  get watchedMs(): number {
    return this.#observedTime.watchedMs(this.#options.clock.now());
  }

  get gateway(): Gateway | null {
    const [first, ...others] = this.#runs;
    // Webhooks and answers go to any of those that share the work.
    if (this.#options.disk.isShared && first !== undefined && others.length > 0) {
      return this.#options.prng.pick([first, ...others]).gateway;
    }
    return this.#current?.gateway ?? null;
  }

  /** Who takes a new connection of a bot. */
  get reachable(): Host | null {
    const [first, ...others] = this.#runs.filter(({ running }) => running !== null);
    if (first === undefined) return null;
    return this.#options.disk.isShared ? this.#options.prng.pick([first, ...others]) : (others.at(-1) ?? first);
  }

  get isUp(): boolean {
    if (this.#options.disk.isShared) return this.#isComplete && this.#runs.every(({ running }) => running !== null);
    return this.#current?.running !== null && this.#current !== null;
  }

  get #isComplete(): boolean {
    return this.#runs.length + this.#opening >= (this.#options.disk.isShared ? this.#options.nodes : 1);
  }

  /** All the processes that there should be. */
  start(): void {
    while (!this.#isComplete) void this.begin();
  }

  async begin(): Promise<void> {
    if (this.#runs.length === 0) this.machine.boot();
    const opened = this.#open();
    const store = opened instanceof Promise ? await opened : opened;
    if (store !== null) await this.#live(store);
  }

  /** `null`: it could not be opened, and is tried again. */
  #open(): Store | Promise<Store | null> {
    const { disk, random } = this.#options;
    const known = disk.isShared ? undefined : this.#runs[0]?.store;
    const opened = known ?? disk.open({ clock: this.machine.clock, random });
    if (!(opened instanceof Promise)) return opened;
    this.#opening += 1;
    return opened
      .catch(() => {
        this.#beginLater(1_000);
        return null;
      })
      .finally(() => {
        this.#opening -= 1;
      });
  }

  async #live(open: Store): Promise<void> {
    const { random, platform, agentTransport, isSeparate } = this.#options;
    const store = isSeparate ? separateTransactions(open) : open;
    const clock = this.machine.clock;
    const tap = new Tap((_, call) => this.#strike(call), {
      death: () => this.crash(run),
      freeze: () => this.#freeze(run),
    });
    const without = this.#options.overrides ?? {};
    const { store: withoutStore = same, agent: withoutAgent = same, running: withoutEnd = same } = without;
    const token = this.#knownToken;
    const channels = platform.channels({ clock, wrap: (platformClient) => this.#wrap(token, platformClient) });
    const agent = tapAgent(withoutAgent(agentTransport.agent()), tap);
    const gateway = createGateway({
      ...SETTINGS,
      ...platform.settings,
      ...this.#options.settings,
      store: tapStore(withoutStore(this.#storeFaults.over(this.recorder.watch(store))), tap),
      channels: channels.map((channel) => tapChannel(channel, tap)),
      agent,
      agentToken: AGENT_TOKEN,
      clock: tap.clockOf(clock),
      random,
    });
    const run: GatewayRun = { tap, agent, store: open, gateway, running: null, ...AWAKE };
    this.#runs.push(run);
    this.#current = run;
    await gateway.start().then(
      (running) => {
        run.running = withoutEnd(running);
        this.#keepVigil();
      },
      // It could not start. Whoever watches over it tries again.
      () => this.#runs.includes(run) && this.die(run),
    );
  }

  /** An end that nobody asked for. */
  crash(run?: GatewayRun): void {
    this.crashes += 1;
    this.die(run);
  }

  /** The processes end here and now, and others begin later. Where each has a machine of its own, it may be one of them. */
  die(only?: GatewayRun): void {
    const isAlone = only === undefined || !this.#options.disk.isShared;
    const dead = isAlone ? this.#runs : [only];
    for (const { tap } of dead) tap.kill();
    for (const run of dead) this.#options.agentTransport.gone(run);
    this.#runs = this.#runs.filter((run) => !dead.includes(run));
    this.#current = this.#runs.at(-1) ?? null;
    this.#keepVigil();
    for (const store of new Set(dead.map((run) => run.store))) this.#close(store);
    this.#beginLater(this.#isCalm ? 0 : this.#options.prng.between(0, 4_000));
  }

  #beginLater(downMs: number): void {
    this.#options.clock.after(Math.max(1, downMs), () => this.start());
  }

  #close(store: Store): void {
    const closing = store.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Any of the processes that share the database ends; on a machine of its own, the only one. */
  kill(): void {
    const [first, ...others] = this.#runs;
    this.crash(
      this.#options.disk.isShared && first !== undefined ? this.#options.prng.pick([first, ...others]) : first,
    );
  }

  /** Ends the process as an operator does. */
  async shutDown(): Promise<void> {
    const run = this.#current;
    const { isShared } = this.#options.disk;
    if (run === null || run.running === null || !(isShared || this.#runs.length === 1)) return this.die();
    if (run.isLeaving) return;
    run.isLeaving = true;
    this.#keepVigil();
    this.#waitForTheEnd(run);
    await run.running.stop();
    // It closed the file: a rival that began meanwhile, because this one froze on its way out, goes with it.
    if (this.#runs.includes(run)) this.die(run);
  }

  /** One that stood still begins its time anew; one that does can't end, and whoever watches over it kills it. */
  #waitForTheEnd(run: GatewayRun): void {
    const { disk, clock } = this.#options;
    run.wasHeldUp = run.isFrozen;
    clock.after(PATIENCE_MS, () => {
      if (disk.isShared ? !this.#runs.includes(run) : this.#current !== run) return;
      if (run.wasHeldUp && !run.isFrozen) return this.#waitForTheEnd(run);
      if (!run.isFrozen) this.broken.push(`§6.6: a process had not ended ${PATIENCE_MS} ms after it was asked to`);
      this.crash(run);
    });
  }

  passDays(days: number): void {
    this.disturbances.add(this.#options.clock.now());
    this.machine.passDays(days);
  }

  stepClock(ms: number): void {
    // What was leased, and what was alive for a while, may have ended by that.
    this.disturbances.add(this.#options.clock.now());
    this.machine.step(ms);
    if (ms < 0 && this.#options.disk.isShared) this.#noticeStep();
  }

  /** A database's clock that was set back stands still until a sweep, which elsewhere comes each second, has noticed. */
  #noticeStep(): void {
    const { clock } = this.#options;
    this.#excuse(clock.now() + 2 * SWEEP_MS);
    clock.after(SWEEP_MS, () => void this.#current?.store.checkCommit().catch(() => undefined));
  }

  /** A database that is elsewhere goes with all connections to it. */
  storeUnavailableFor(ms: number): void {
    this.#storeFaults.unavailableFor(ms);
    this.#options.disk.wire?.disconnectAll();
  }

  /** And where the network is bad, a commit or the word on it is lost. */
  storeSlowFor(ms: number): void {
    this.#storeFaults.slowFor(ms);
    const { clock, coverage, prng, disk } = this.#options;
    if (disk.wire === null) return;
    const moment = prng.pick(["before", "after"] as const);
    disk.wire.disconnectAtCommit(moment, () => {
      coverage.count(moment === "before" ? "commit lost" : "word on a commit lost", "looking");
      // It may have cost a wake-up.
      this.#excuse(clock.now() + POLL_MS);
    });
  }

  /** The platform takes the access token no more: every call is answered 401. */
  revokeToken(): void {
    this.#validToken += 1;
  }

  /** The operator has a new token: the next process begins with it. */
  mendToken(): void {
    if (this.#knownToken === this.#validToken) return;
    this.#knownToken = this.#validToken;
    this.die();
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.#isCalm = true;
    this.#storeFaults.calm();
    for (const { tap } of this.#runs) tap.thaw();
    for (const run of this.#runs) run.isFrozen = false;
    this.#keepVigil();
    this.mendToken();
  }

  async waiting(): Promise<readonly string[]> {
    const waiting = (await this.#current?.store.countWaiting().catch(() => [])) ?? [];
    return waiting.filter(({ count }) => count > 0).map(({ state }) => state);
  }

  async close(): Promise<void> {
    for (const { tap } of this.#runs) tap.kill();
    const stores = new Set(this.#runs.map(({ store }) => store));
    this.#runs = [];
    this.#current = null;
    for (const store of stores) this.#close(store);
    await Promise.all(this.#closing);
  }

  #drawFault(): number {
    return this.#options.prng.between(...CALLS_BETWEEN_FAULTS);
  }

  #strike(call: string): Fault | null {
    this.calls.push(call);
    const [first, ...others] = this.#options.faults;
    if (this.#isCalm || first === undefined || call === "store.close") return null;
    if (LOOKS.test(call) && !this.#options.prng.happens(0.02)) return null;
    this.#untilFault -= 1;
    if (this.#untilFault > 0) return null;
    this.#untilFault = this.#drawFault();
    const fault = this.#options.prng.pick([first, ...others]);
    this.#options.coverage.count(fault, stateAtCall(call));
    // It may have cost a wake-up, which costs a polling interval.
    this.#excuse(this.#options.clock.now() + POLL_MS);
    return fault;
  }

  #freeze(run: GatewayRun): void {
    const { clock, prng } = this.#options;
    run.isFrozen = true;
    run.wasHeldUp = true;
    this.#keepVigil();
    clock.after(prng.between(500, 20_000), () => {
      run.isFrozen = false;
      this.#keepVigil();
      run.tap.thaw();
    });
    // A short stop is noticed by nobody; for a long one somebody starts a rival on the same store.
    if (prng.happens(0.7) && this.#runs.length <= this.#options.nodes) void this.begin();
  }

  #keepVigil(): void {
    const isLooking = this.#runs.some((run) => run.running !== null && !run.isFrozen && !run.isLeaving);
    const now = this.#options.clock.now();
    this.#observedTime.looks(now, isLooking);
    this.disturbances.processes(
      isLooking && this.#runs.every(({ running, isFrozen }) => running !== null && !isFrozen),
    );
  }

  #excuse(until: number): void {
    this.disturbances.add(until);
    this.#observedTime.excuse(this.#options.clock.now(), until);
  }

  /** The platform knows only the newest token. */
  #wrap<T extends PostClient>(token: number, platformClient: T): T {
    const withToken: PostClient = {
      ...platformClient,
      post: (path, headers, body) => {
        const isValid = token === this.#validToken;
        return platformClient.post(path, isValid ? headers : { ...headers, authorization: "Bearer revoked" }, body);
      },
    };
    const { platformClient: without = same } = this.#options.overrides ?? {};
    return { ...platformClient, post: without(withToken).post };
  }
}

function same<T>(seam: T): T {
  return seam;
}
