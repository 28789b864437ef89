/** The gateway's processes on one file: they are born, die, freeze and come back, while the store has its own weather. */
import type { Agent } from "../../../src/agents/agent.ts";
import { line } from "../../../src/channels/line/index.ts";
import type { LineSimulator } from "../../../src/channels/line/simulator.ts";
import { createGateway, type Gateway, type Running } from "../../../src/gateway.ts";
import type { Chance } from "../../../src/runtime/chance.ts";
import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { GatewaySettings } from "../../../src/settings.ts";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import { type Store, Unavailable } from "../../../src/store/store.ts";
import { type Fault, Tap } from "../faults/tap.ts";
import { tapAgent, tapChannel, tapStore } from "../faults/world.ts";
import { AGENT_TIMEOUT_MS } from "./agents.ts";
import { type Coverage, stateAtCall } from "./coverage.ts";
import type { Dice } from "./dice.ts";

/** Short times, in the proportions of the real ones: a run is some minutes long and meets every end. */
export const TIMES = { tokenTtlMs: 8_000, tokenLifeMs: 18_000, sendTimeoutMs: 2_000, leaseMs: 4_000 } as const;

const SETTINGS: GatewaySettings = {
  batch: { quietMs: 500, maxWaitMs: 2_000 },
  leaseMs: TIMES.leaseMs,
  agentTimeoutMs: AGENT_TIMEOUT_MS,
  deliveryRetry: { capMs: 4_000 },
  unknownWaitMs: 6_000,
  turnRetry: { capMs: 4_000 },
  pollMs: 8_000,
};

export const AGENT_TOKEN = "agent-token";

interface Life {
  readonly tap: Tap;
  readonly gateway: Gateway;
  running: Running | null;
}

export interface LivesOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly dice: Dice;
  readonly simulator: LineSimulator;
  readonly agent: Agent;
  readonly coverage: Coverage;
  /** What may happen to a call; none when the list is empty. */
  readonly faults: readonly Fault[];
}

/** A long-running process ends sooner or later; a short one should at least have begun. */
const CALLS_BETWEEN_FAULTS = [1, 80] as const;
/** At such a call nothing of a message changes: most faults go elsewhere. */
const LOOKS = /^store\.(dueTurns|readyTurns|dueDeliveries|findTurn|waiting|purge|expireLeases|close)$/;

const PATIENCE_MS = 15_000;

export class Lives {
  /** Every call of every process, in order. */
  readonly calls: string[] = [];
  readonly #options: LivesOptions;
  #lives: Life[] = [];
  #current: Life | null = null;
  #store: Store | null = null;
  #wallStepMs = 0;
  #bootStepMs = 0;
  #untilFault: number;
  #isCalm = false;
  #awayUntil = 0;
  #slowUntil = 0;

  constructor(options: LivesOptions) {
    this.#options = options;
    this.#untilFault = this.#drawFault();
  }

  get gateway(): Gateway | null {
    return this.#current?.gateway ?? null;
  }

  get isUp(): boolean {
    return this.#current?.running !== null && this.#current !== null;
  }

  /** The machine's clock, as `systemClock` sees it: a step forward is followed, one back only by the next process. */
  readonly #machineClock: Clock = {
    now: () => this.#options.clock.now() + this.#bootStepMs,
    after: (delayMs, fire) => this.#options.clock.after(delayMs, fire),
  };

  async begin(): Promise<void> {
    const { file, chance, simulator, agent } = this.#options;
    if (this.#store === null) this.#bootStepMs = this.#wallStepMs;
    const clock = this.#machineClock;
    this.#store ??= sqlite({ file, clock, chance });
    const tap = new Tap((_, call) => this.#strike(call), {
      death: () => this.die(),
      freeze: () => this.#freeze(tap),
    });
    const transport = simulator.transport({ clock, sendTimeoutMs: TIMES.sendTimeoutMs });
    const { sendTimeoutMs, tokenTtlMs: replyTokenTtlMs } = TIMES;
    const options = { ...simulator.channelOptions("https://line.invalid"), sendTimeoutMs, replyTokenTtlMs };
    const gateway = createGateway({
      ...SETTINGS,
      store: tapStore(this.#inWeather(this.#store), tap),
      channels: [tapChannel(line(options, { clock, transport }), tap)],
      agent: tapAgent(agent, tap),
      agentToken: AGENT_TOKEN,
      clock: tap.clockOf(clock),
      chance,
    });
    const life: Life = { tap, gateway, running: null };
    this.#lives.push(life);
    this.#current = life;
    await gateway.start().then(
      (running) => {
        life.running = running;
      },
      // It could not start. Whoever watches over it tries again.
      () => this.#current === life && this.die(),
    );
  }

  /** The machine's processes end here and now, and another begins later. */
  die(downMs = this.#isCalm ? 0 : this.#options.dice.between(0, 4_000)): void {
    for (const { tap } of this.#lives) tap.kill();
    this.#lives = [];
    this.#current = null;
    const store = this.#store;
    this.#store = null;
    void store?.close();
    this.#options.clock.after(Math.max(1, downMs), () => {
      if (this.#current === null) void this.begin();
    });
  }

  /** Ends the process as an operator does. */
  async shutDown(): Promise<void> {
    const life = this.#current;
    if (this.#lives.length !== 1 || life === null || life.running === null) return this.die();
    // Whoever watches over processes kills one that takes too long; the table shows how often.
    this.#options.clock.after(PATIENCE_MS, () => {
      if (this.#current !== life) return;
      this.#options.coverage.count("killed while shutting down", "idle");
      this.die();
    });
    const store = this.#store;
    await life.running.stop();
    // It closed the file: a rival that began meanwhile, because this one froze on its way out, goes with it.
    if (this.#store === store) this.die();
  }

  stepClock(ms: number): void {
    this.#wallStepMs += ms;
    this.#bootStepMs = Math.max(this.#bootStepMs, this.#wallStepMs);
  }

  storeAwayFor(ms: number): void {
    this.#awayUntil = this.#options.clock.now() + ms;
  }

  storeSlowFor(ms: number): void {
    this.#slowUntil = this.#options.clock.now() + ms;
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.#isCalm = true;
    this.#awayUntil = 0;
    this.#slowUntil = 0;
    for (const { tap } of this.#lives) tap.thaw();
  }

  async waiting(): Promise<readonly string[]> {
    const waiting = (await this.#store?.waiting().catch(() => [])) ?? [];
    return waiting.filter(({ count }) => count > 0).map(({ state }) => state);
  }

  async close(): Promise<void> {
    for (const { tap } of this.#lives) tap.kill();
    this.#lives = [];
    this.#current = null;
    await this.#store?.close();
    this.#store = null;
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
    return fault;
  }

  #freeze(tap: Tap): void {
    const { clock, dice } = this.#options;
    clock.after(dice.between(500, 20_000), () => tap.thaw());
    // A short stop is noticed by nobody; for a long one somebody starts a rival on the same store.
    if (dice.happens(0.7)) void this.begin();
  }

  #inWeather(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function" || name === "close") {
          return typeof method === "function" ? method.bind(target) : method;
        }
        return (...args: unknown[]) => this.#call(String(name), () => method.apply(target, args));
      },
    });
  }

  async #call<T>(name: string, work: () => Promise<T>): Promise<T> {
    const { clock, dice, coverage } = this.#options;
    const state = stateAtCall(`store.${name}`);
    if (clock.now() < this.#awayUntil) {
      coverage.count("store away", state);
      throw new Unavailable("the store is away");
    }
    if (clock.now() >= this.#slowUntil || !dice.happens(0.5)) return await work();
    coverage.count("store slow", state);
    const waitMs = dice.between(50, 2_500);
    if (dice.happens(0.5)) await pause(clock, waitMs);
    const result = await work();
    if (dice.happens(0.5)) await pause(clock, waitMs);
    return result;
  }
}
