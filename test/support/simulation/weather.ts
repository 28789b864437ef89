/** The store's weather: it is away or slow for a while, as a database behind a bad disk or a network is. */

import { Unavailable } from "../../../src/core/errors.ts";
import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { Store } from "../../../src/store/store.ts";
import { type Coverage, stateAtCall } from "./coverage.ts";
import type { Prng } from "./seeded-prng.ts";

/** After a poll that failed a loop waits so long (ms) before the next. */
const AFTER_FAILURE_MS = 500;

export interface WeatherOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly coverage: Coverage;
  /** Until then nobody can be held to a time. */
  readonly excuse: (until: number) => void;
}

export class Weather {
  readonly #options: WeatherOptions;
  #unavailableUntil = 0;
  #slowUntil = 0;

  constructor(options: WeatherOptions) {
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
