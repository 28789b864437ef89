import { type Clock, pause } from "../../runtime/clock.ts";

/** What a simulated platform has still to do: what is on its way, and what waits for its time. */
export class Pending {
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #whenIdle: (() => void)[] = [];
  /** Waits that have not come to their end: calling one cancels it. */
  readonly #waiting = new Set<() => void>();
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborted when the platform is closed: what waits for a time stops waiting. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Acts after that time, unless the platform is closed before. */
  after(delayMs: number, act: () => void): void {
    if (this.closing.aborted) return;
    const cancel = this.#clock.after(delayMs, () => {
      this.#waiting.delete(cancel);
      act();
      this.#tellIdle();
    });
    this.#waiting.add(cancel);
  }

  /** Resolves after that time, or when the platform is closed. Nobody is kept from being idle by it. */
  pause(delayMs: number): Promise<void> {
    return pause(this.#clock, delayMs, this.closing);
  }

  /** On its way until it has ended. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work;
    } finally {
      this.#underWay -= 1;
      this.#tellIdle();
    }
  }

  /** Resolves when nothing is on its way and nothing waits for its time. */
  idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(resolve);
    this.#tellIdle();
    return promise;
  }

  close(): void {
    this.#closing.abort();
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#underWay > 0 || this.#waiting.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
