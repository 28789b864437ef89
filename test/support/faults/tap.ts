/**
 * A process as the fault tests see it: every call that it makes to the outside is counted, and at one of them something
 * goes wrong. Nothing in the program knows: the seams are wrapped from here.
 */
import type { Clock } from "../../../src/runtime/clock.ts";

export const FAULTS = ["die-before", "die-after", "answer-lost", "freeze"] as const;

/**
 * - `die-before`: the process ends instead of making the call.
 * - `die-after`: the call was made and done; the process ends before it learns of it.
 * - `answer-lost`: the call was made and done; the process is told that it failed.
 * - `freeze`: the whole process stands still before the call, long enough for a rival to take its work, and goes on.
 */
export type Fault = (typeof FAULTS)[number];

export interface Plan {
  /** The number of the call, from 1. */
  readonly at: number;
  readonly fault: Fault;
}

/** The fault that the call of that number meets, if any. */
export type Strikes = (at: number, call: string) => Fault | null;

export class Tap {
  readonly calls: string[] = [];
  /** Resolves when the first fault has happened. */
  readonly struck: Promise<void>;
  readonly #strike: () => void;
  readonly #strikes: Strikes;
  readonly #onDeath: () => void;
  readonly #onFreeze: () => void;
  #isDead = false;
  #thawed: PromiseWithResolvers<void> | null = null;

  constructor(strikes: Strikes, on: { death: () => void; freeze: () => void }) {
    this.#strikes = strikes;
    this.#onDeath = on.death;
    this.#onFreeze = on.freeze;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.struck = promise;
    this.#strike = resolve;
  }

  /** Makes the call, or what the plan makes of it. `lost` says what the caller sees when its answer is lost. */
  async call<T>(name: string, work: () => Promise<T>, lost: () => T): Promise<T> {
    await this.#thawed?.promise;
    if (this.#isDead) return await never();
    this.calls.push(name);
    const fault = this.#strikes(this.calls.length, name);
    if (fault !== null) this.#strike();
    if (fault === "die-before") return await this.#die();
    if (fault === "freeze") await this.#freeze();
    const result = await work();
    if (fault === "die-after") return await this.#die();
    await this.#thawed?.promise;
    if (this.#isDead) return await never();
    return fault === "answer-lost" ? lost() : result;
  }

  /** Something comes from outside: a process that stands still hears of it later, a dead one never. */
  hear(act: () => void): void {
    if (this.#isDead) return;
    if (this.#thawed === null) act();
    else void this.#thawed.promise.then(() => this.hear(act));
  }

  /** Ends a process that nothing has happened to, as a restart does. */
  kill(): void {
    this.#isDead = true;
  }

  thaw(): void {
    this.#thawed?.resolve();
    this.#thawed = null;
  }

  /** The process's clock: it stands still with the process, and its timers end with it. */
  clockOf(clock: Clock): Clock {
    return {
      // With what it knows of steps: retention waits for that.
      ...clock,
      after: (delayMs, fire) =>
        clock.after(delayMs, () => {
          if (this.#isDead) return;
          if (this.#thawed === null) fire();
          else void this.#thawed.promise.then(fire);
        }),
    };
  }

  async #die(): Promise<never> {
    this.#isDead = true;
    this.#onDeath();
    return await never();
  }

  async #freeze(): Promise<void> {
    this.#thawed = Promise.withResolvers<void>();
    this.#onFreeze();
    await this.#thawed.promise;
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
