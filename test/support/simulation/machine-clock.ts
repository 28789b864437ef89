import type { Clock } from "../../../src/runtime/clock.ts";
import { DAY_MS } from "./times.ts";

/** A step that the process notices as one that makes young things old (ms; `runtime/clock.ts`). */
const LONG_STEP_MS = 3_600_000;

/**
 * The machine's clock, which may be set, as a process sees it: a step forward is followed at once, one back only by the
 * next process; and the wall clock shows what it is set to. `systemClock` doubts a step forward for two minutes, and a
 * process that begins meanwhile doesn't, nor does a database's clock: this is the harder case.
 */
export class MachineClock {
  /** How far it was set forward, in sum. */
  forwardMs = 0;
  /** How many days went by for everybody, in ms. */
  agedMs = 0;
  /** How far a process's time is ahead of the true one. */
  aheadMs = 0;
  readonly clock: Clock;
  readonly #true: Clock;
  #wallStepMs = 0;
  /** When (by the true time) it was last set forward by more than an hour. */
  #steppedAt: number | null = null;

  constructor(clock: Clock, change: (clock: Clock) => Clock) {
    this.#true = clock;
    this.clock = change({
      now: () => clock.now() + this.aheadMs,
      wall: () => this.wall(),
      sinceSteppedMs: () => (this.#steppedAt === null ? null : clock.now() - this.#steppedAt),
      after: (delayMs, fire) => clock.after(delayMs, fire),
    });
  }

  wall(): number {
    return this.#true.now() + this.#wallStepMs;
  }

  /** A process begins, and none is left that knew the time before. */
  boot(): void {
    this.aheadMs = this.#wallStepMs;
  }

  /** Everybody else's time stays what it is. */
  step(ms: number): void {
    if (ms > LONG_STEP_MS) this.#steppedAt = this.#true.now();
    this.#move(ms);
  }

  /** No clock is wrong: who looks afterwards finds everything older. */
  passDays(days: number): void {
    this.agedMs += days * DAY_MS;
    this.#move(days * DAY_MS);
  }

  #move(ms: number): void {
    this.#wallStepMs += ms;
    this.forwardMs += Math.max(0, ms);
    this.aheadMs = Math.max(this.aheadMs, this.#wallStepMs);
  }
}
