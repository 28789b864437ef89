/** Time during which a healthy process polled the store; bounded waits are checked against it. */
export class ObservedTime {
  #watchedMs = 0;
  #since: number;
  #isLooking = false;
  #blockedUntil = 0;

  constructor(now: number) {
    this.#since = now;
  }

  /** Observed ms from the beginning until now. */
  watchedMs(now: number): number {
    if (this.#isLooking) this.#watchedMs += Math.max(0, now - Math.max(this.#since, this.#blockedUntil));
    this.#since = now;
    return this.#watchedMs;
  }

  /** Whether any process is alive, not frozen and not shutting down. */
  looks(now: number, isLooking: boolean): void {
    this.watchedMs(now);
    this.#isLooking = isLooking;
  }

  /** Until then a poll may fail, be delayed, or be missing because of a lost wake-up. */
  excuse(now: number, until: number): void {
    this.watchedMs(now);
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
  }
}
