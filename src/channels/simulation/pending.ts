import { type Clock, pause } from "../../runtime/clock.ts";

/** Pending work of a simulated platform: running tasks, and timers. */
export class Pending {
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #whenIdle: (() => void)[] = [];
  /** Cancels of running timers. */
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborted when the platform is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Calls `act` after that time, unless the platform is closed before. */
  after(delayMs: number, act: () => void): void {
    if (this.closing.aborted) return;
    const cancel = this.#clock.after(delayMs, () => {
      this.#waiting.delete(cancel);
      act();
      this.#resolveIdle();
    });
    this.#waiting.add(cancel);
  }

  /** Resolves after that time, or when the platform is closed. Doesn't count for `idle`. */
  pause(delayMs: number): Promise<void> {
    return pause(this.#clock, delayMs, this.closing);
  }

  /** Counts the work as running until it has ended. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work;
    } finally {
      this.#running -= 1;
      this.#resolveIdle();
    }
  }

  /** Resolves when no task and no timer is running. */
  idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(resolve);
    this.#resolveIdle();
    return promise;
  }

  close(): void {
    this.#closing.abort();
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    this.#resolveIdle();
  }

  #resolveIdle(): void {
    if (this.#running > 0 || this.#waiting.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
