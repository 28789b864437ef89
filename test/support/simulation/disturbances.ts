import type { Clock } from "../../../src/runtime/clock.ts";

/** Something that was wrong with everybody: a death, a stall, the store, the clock. Epoch ms. */
export interface Disturbance {
  readonly from: number;
  readonly until: number;
}

export class Disturbances {
  readonly all: Disturbance[] = [];
  readonly #clock: Clock;
  /** Since when a process is missing, frozen or on its way in or out; `null`: all are well. */
  #since: number | null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** Something is wrong until then. */
  add(until: number): void {
    this.all.push({ from: this.#clock.now(), until });
  }

  processes(areWell: boolean): void {
    const now = this.#clock.now();
    if (!areWell) this.#since ??= now;
    else if (this.#since !== null) {
      this.all.push({ from: this.#since, until: now });
      this.#since = null;
    }
  }
}
