/** How long somebody was there to look at the store: the part of time that a bounded wait may be held to. */
export class Vigil {
  #watchedMs = 0;
  #since: number;
  #isLooking = false;
  #blockedUntil = 0;

  constructor(now: number) {
    this.#since = now;
  }

  /** Watched ms from the beginning until now. */
  watchedMs(now: number): number {
    if (this.#isLooking) this.#watchedMs += Math.max(0, now - Math.max(this.#since, this.#blockedUntil));
    this.#since = now;
    return this.#watchedMs;
  }

  /** A process lives, stands not still and is not on its way out; or none does. */
  looks(now: number, isLooking: boolean): void {
    this.watchedMs(now);
    this.#isLooking = isLooking;
  }

  /** Until then a poll may fail, wait, or not be made because its wake-up was lost. */
  excuse(now: number, until: number): void {
    this.watchedMs(now);
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
  }
}
