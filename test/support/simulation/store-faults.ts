/** Store proxy that is unavailable or slow for a while, like a database behind a bad disk or network. */

import { Unavailable } from "../../../src/core/errors.ts";
import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { Store } from "../../../src/store/store.ts";
import { type Coverage, stateAtCall } from "./coverage.ts";
import type { Prng } from "./seeded-prng.ts";

/** Delay of a loop after a failed poll, in ms. */
const AFTER_FAILURE_MS = 500;

export interface StoreFaultsOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly coverage: Coverage;
  /** Until then time bounds aren't checked. */
  readonly excuse: (until: number) => void;
}

export class StoreFaults {
  readonly #options: StoreFaultsOptions;
  #unavailableUntil = 0;
  #slowUntil = 0;

  constructor(options: StoreFaultsOptions) {
    this.#options = options;
  }

  unavailableFor(ms: number): void {
    this.#unavailableUntil = this.#options.clock.now() + ms;
    this.#options.excuse(this.#unavailableUntil + AFTER_FAILURE_MS);
  }

  slowFor(ms: number): void {
    this.#slowUntil = this.#options.clock.now() + ms;
  }

  calm(): void {
    this.#unavailableUntil = 0;
    this.#slowUntil = 0;
  }

  over(store: Store): Store {
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
    const { clock, prng, coverage, excuse } = this.#options;
    const state = stateAtCall(`store.${name}`);
    if (clock.now() < this.#unavailableUntil) {
      coverage.count("store away", state);
      throw new Unavailable("the store is unavailable");
    }
    if (clock.now() >= this.#slowUntil || !prng.happens(0.5)) return await work();
    coverage.count("store slow", state);
    const waitMs = prng.between(50, 2_500);
    excuse(clock.now() + 2 * waitMs);
    if (prng.happens(0.5)) await pause(clock, waitMs);
    const result = await work();
    if (prng.happens(0.5)) await pause(clock, waitMs);
    return result;
  }
}
