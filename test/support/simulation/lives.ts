/** The gateway's processes on one database: they are born, die, freeze and come back, while the store has its own weather. */
import type { Agent } from "../../../src/agents/agent.ts";
import type { PostTransport } from "../../../src/channels/transport.ts";
import { createGateway, type Gateway, type Running } from "../../../src/gateway.ts";
import type { Chance } from "../../../src/runtime/chance.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Host } from "../faults/doors.ts";
import { type Fault, Tap } from "../faults/tap.ts";
import { tapAgent, tapChannel, tapStore } from "../faults/world.ts";
import { type Coverage, stateAtCall } from "./coverage.ts";
import type { Dice } from "./dice.ts";
import type { SeedDoor } from "./doors.ts";
import { AWAKE, type Life } from "./life.ts";
import type { SeedPlatform } from "./platforms/platform.ts";
import type { SeedStore } from "./stores.ts";
import { AGENT_TOKEN, POLL_MS, SETTINGS, SWEEP_MS, TIMES } from "./times.ts";
import { Vigil } from "./vigil.ts";
import { Weather } from "./weather.ts";
import { Witness } from "./witness.ts";

/** A seam with a mechanism taken out, to see that the judge notices. */
export interface Sabotage {
  readonly store?: (store: Store) => Store;
  readonly agent?: (agent: Agent) => Agent;
  readonly transport?: (transport: PostTransport) => PostTransport;
  readonly running?: (running: Running) => Running;
}

export interface LivesOptions {
  readonly disk: SeedStore;
  /** How many processes there are at a time, where the database can be shared. */
  readonly nodes: number;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly dice: Dice;
  readonly platform: SeedPlatform;
  readonly door: Pick<SeedDoor, "agent" | "gone">;
  readonly coverage: Coverage;
  /** What may happen to a call; none when the list is empty. */
  readonly faults: readonly Fault[];
  readonly sabotage?: Sabotage;
  /** Retention may delete what is there now. */
  readonly beforePurge: () => Promise<void>;
}

/** A long-running process ends sooner or later; a short one should at least have begun. */
const CALLS_BETWEEN_FAULTS = [1, 80] as const;
/** At such a call nothing of a message changes: most faults go elsewhere. */
const LOOKS = /^store\.(dueTurns|readyTurns|dueDeliveries|findTurn|waiting|purge|expireLeases|close)$/;

/** How long a shutdown may take (ms): what `stop` promises. */
const PATIENCE_MS = 10_000;

export class Lives {
  /** Every call of every process, in order. */
  readonly calls: string[] = [];
  /** What was broken by a process itself, whatever anybody saw of it. */
  readonly broken: string[] = [];
  readonly witness: Witness;
  /** Processes that ended without having been asked to. */
  crashes = 0;
  readonly #options: LivesOptions;
  readonly #vigil: Vigil;
  readonly #weather: Weather;
  #lives: Life[] = [];
  #current: Life | null = null;
  /** Processes that wait for their connections. */
  #opening = 0;
  /** Stores of the dead, that are on their way out. */
  readonly #closing = new Set<Promise<void>>();
  #wallStepMs = 0;
  #bootStepMs = 0;
  #forwardMs = 0;
  /** The access token that the platform takes, and the one that the operator gives to new processes. */
  #validToken = 0;
  #knownToken = 0;
  #untilFault: number;
  #isCalm = false;

  constructor(options: LivesOptions) {
    const { clock, dice, coverage } = options;
    this.#options = options;
    options.disk.setTime(() => clock.now() + this.#wallStepMs);
    this.#untilFault = this.#drawFault();
    this.#vigil = new Vigil(clock.now());
    this.#weather = new Weather({ clock, dice, coverage, excuse: (until) => this.#excuse(until) });
    this.witness = new Witness({
      now: clock.now,
      watchedMs: () => this.watchedMs,
      steps: () => ({ forwardMs: this.#forwardMs, aheadMs: this.#bootStepMs }),
      beforePurge: async () => {
        if (this.#forwardMs >= TIMES.historyMs) await options.beforePurge();
      },
      onPurge: (what) => coverage.count("retention", what === "turns" ? "sent" : "forgotten"),
      onReceipt: (status, state) => coverage.count(`receipt: ${status}`, state),
    });
  }

  /** How long somebody was there to look, until now. */
  get watchedMs(): number {
    return this.#vigil.watchedMs(this.#options.clock.now());
  }

  /** How far the clock was set forward, in sum. */
  get forwardMs(): number {
    return this.#forwardMs;
  }

  get gateway(): Gateway | null {
    const [first, ...others] = this.#lives;
    // Webhooks and answers go to any of those that share the work.
    if (this.#options.disk.isShared && first !== undefined && others.length > 0) {
      return this.#options.dice.pick([first, ...others]).gateway;
    }
    return this.#current?.gateway ?? null;
  }

  /** Who takes a new connection of a bot. */
  get reachable(): Host | null {
    const [first, ...others] = this.#lives.filter(({ running }) => running !== null);
    if (first === undefined) return null;
    return this.#options.disk.isShared ? this.#options.dice.pick([first, ...others]) : (others.at(-1) ?? first);
  }

  get isUp(): boolean {
    if (this.#options.disk.isShared) return this.#isComplete && this.#lives.every(({ running }) => running !== null);
    return this.#current?.running !== null && this.#current !== null;
  }

  get #isComplete(): boolean {
    return this.#lives.length + this.#opening >= (this.#options.disk.isShared ? this.#options.nodes : 1);
  }

  /** The machine's clock, as `systemClock` sees it: a step forward is followed, one back only by the next process. */
  readonly #machineClock: Clock = {
    now: () => this.#options.clock.now() + this.#bootStepMs,
    after: (delayMs, fire) => this.#options.clock.after(delayMs, fire),
  };

  /** All the processes that there should be. */
  start(): void {
    while (!this.#isComplete) void this.begin();
  }

  async begin(): Promise<void> {
    if (this.#lives.length === 0) this.#bootStepMs = this.#wallStepMs;
    const opened = this.#open();
    const store = opened instanceof Promise ? await opened : opened;
    if (store !== null) await this.#live(store);
  }

  /** `null`: it could not be opened, and is tried again. */
  #open(): Store | Promise<Store | null> {
    const { disk, chance } = this.#options;
    const known = disk.isShared ? undefined : this.#lives[0]?.store;
    const opened = known ?? disk.open({ clock: this.#machineClock, chance });
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
    const { chance, platform, door } = this.#options;
    const clock = this.#machineClock;
    const tap = new Tap((_, call) => this.#strike(call), {
      death: () => this.crash(life),
      freeze: () => this.#freeze(life),
    });
    const without = this.#options.sabotage ?? {};
    const { store: withoutStore = same, agent: withoutAgent = same, running: withoutEnd = same } = without;
    const token = this.#knownToken;
    const channels = platform.channels({ clock, wrap: (transport) => this.#wrap(token, transport) });
    const agent = tapAgent(withoutAgent(door.agent()), tap);
    const gateway = createGateway({
      ...SETTINGS,
      ...platform.settings,
      store: tapStore(withoutStore(this.#weather.over(this.witness.watch(open))), tap),
      channels: channels.map((channel) => tapChannel(channel, tap)),
      agent,
      agentToken: AGENT_TOKEN,
      clock: tap.clockOf(clock),
      chance,
    });
    const life: Life = { tap, agent, store: open, gateway, running: null, ...AWAKE };
    this.#lives.push(life);
    this.#current = life;
    await gateway.start().then(
      (running) => {
        life.running = withoutEnd(running);
        this.#keepVigil();
      },
      // It could not start. Whoever watches over it tries again.
      () => this.#lives.includes(life) && this.die(life),
    );
  }

  /** An end that nobody asked for. */
  crash(life?: Life): void {
    this.crashes += 1;
    this.die(life);
  }

  /** The processes end here and now, and others begin later. Where each has a machine of its own, it may be one of them. */
  die(only?: Life): void {
    const isAlone = only === undefined || !this.#options.disk.isShared;
    const dead = isAlone ? this.#lives : [only];
    for (const { tap } of dead) tap.kill();
    for (const life of dead) this.#options.door.gone(life);
    this.#lives = this.#lives.filter((life) => !dead.includes(life));
    this.#current = this.#lives.at(-1) ?? null;
    this.#keepVigil();
    for (const store of new Set(dead.map((life) => life.store))) this.#close(store);
    this.#beginLater(this.#isCalm ? 0 : this.#options.dice.between(0, 4_000));
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
    const [first, ...others] = this.#lives;
    this.crash(
      this.#options.disk.isShared && first !== undefined ? this.#options.dice.pick([first, ...others]) : first,
    );
  }

  /** Ends the process as an operator does. */
  async shutDown(): Promise<void> {
    const life = this.#current;
    const { isShared } = this.#options.disk;
    if (life === null || life.running === null || !(isShared || this.#lives.length === 1)) return this.die();
    if (life.isLeaving) return;
    life.isLeaving = true;
    this.#keepVigil();
    this.#waitForTheEnd(life);
    await life.running.stop();
    // It closed the file: a rival that began meanwhile, because this one froze on its way out, goes with it.
    if (this.#lives.includes(life)) this.die(life);
  }

  /** One that stood still begins its time anew; one that does can't end, and whoever watches over it kills it. */
  #waitForTheEnd(life: Life): void {
    const { disk, clock } = this.#options;
    life.wasHeldUp = life.isFrozen;
    clock.after(PATIENCE_MS, () => {
      if (disk.isShared ? !this.#lives.includes(life) : this.#current !== life) return;
      if (life.wasHeldUp && !life.isFrozen) return this.#waitForTheEnd(life);
      if (!life.isFrozen) this.broken.push(`§6.6: a process had not ended ${PATIENCE_MS} ms after it was asked to`);
      this.crash(life);
    });
  }

  stepClock(ms: number): void {
    this.#wallStepMs += ms;
    this.#forwardMs += Math.max(0, ms);
    this.#bootStepMs = Math.max(this.#bootStepMs, this.#wallStepMs);
    if (ms < 0 && this.#options.disk.isShared) this.#noticeStep();
  }

  /** A database's clock that was set back stands still until a sweep, which elsewhere comes each second, has noticed. */
  #noticeStep(): void {
    const { clock } = this.#options;
    this.#excuse(clock.now() + 2 * SWEEP_MS);
    clock.after(SWEEP_MS, () => void this.#current?.store.probe().catch(() => undefined));
  }

  /** A database that is elsewhere goes with all connections to it. */
  storeAwayFor(ms: number): void {
    this.#weather.awayFor(ms);
    this.#options.disk.wire?.cutAll();
  }

  /** And where the network is bad, a commit or the word on it is lost. */
  storeSlowFor(ms: number): void {
    this.#weather.slowFor(ms);
    const { clock, coverage, dice, disk } = this.#options;
    if (disk.wire === null) return;
    const cut = dice.pick(["before", "after"] as const);
    disk.wire.cutAtCommit(cut, () => {
      coverage.count(cut === "before" ? "commit lost" : "word on a commit lost", "looking");
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
    this.#weather.calm();
    for (const { tap } of this.#lives) tap.thaw();
    for (const life of this.#lives) life.isFrozen = false;
    this.#keepVigil();
    this.mendToken();
  }

  async waiting(): Promise<readonly string[]> {
    const waiting = (await this.#current?.store.waiting().catch(() => [])) ?? [];
    return waiting.filter(({ count }) => count > 0).map(({ state }) => state);
  }

  async close(): Promise<void> {
    for (const { tap } of this.#lives) tap.kill();
    const stores = new Set(this.#lives.map(({ store }) => store));
    this.#lives = [];
    this.#current = null;
    for (const store of stores) this.#close(store);
    await Promise.all(this.#closing);
  }

  #drawFault(): number {
    return this.#options.dice.between(...CALLS_BETWEEN_FAULTS);
  }

  #strike(call: string): Fault | null {
    this.calls.push(call);
    const [first, ...others] = this.#options.faults;
    if (this.#isCalm || first === undefined || call === "store.close") return null;
    if (LOOKS.test(call) && !this.#options.dice.happens(0.02)) return null;
    this.#untilFault -= 1;
    if (this.#untilFault > 0) return null;
    this.#untilFault = this.#drawFault();
    const fault = this.#options.dice.pick([first, ...others]);
    this.#options.coverage.count(fault, stateAtCall(call));
    // It may have cost a wake-up, which costs a polling interval.
    this.#excuse(this.#options.clock.now() + POLL_MS);
    return fault;
  }

  #freeze(life: Life): void {
    const { clock, dice } = this.#options;
    life.isFrozen = true;
    life.wasHeldUp = true;
    this.#keepVigil();
    clock.after(dice.between(500, 20_000), () => {
      life.isFrozen = false;
      this.#keepVigil();
      life.tap.thaw();
    });
    // A short stop is noticed by nobody; for a long one somebody starts a rival on the same store.
    if (dice.happens(0.7) && this.#lives.length <= this.#options.nodes) void this.begin();
  }

  #keepVigil(): void {
    const isLooking = this.#lives.some((life) => life.running !== null && !life.isFrozen && !life.isLeaving);
    this.#vigil.looks(this.#options.clock.now(), isLooking);
  }

  #excuse(until: number): void {
    this.#vigil.excuse(this.#options.clock.now(), until);
  }

  /** The platform knows only the newest token. */
  #wrap<T extends PostTransport>(token: number, transport: T): T {
    const withToken: PostTransport = {
      ...transport,
      post: (path, headers, body) => {
        const isValid = token === this.#validToken;
        return transport.post(path, isValid ? headers : { ...headers, authorization: "Bearer revoked" }, body);
      },
    };
    const { transport: without = same } = this.#options.sabotage ?? {};
    return { ...transport, post: without(withToken).post };
  }
}

function same<T>(seam: T): T {
  return seam;
}
