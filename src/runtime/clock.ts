import { STEP_MS, WallClock } from "./wall-clock.ts";

/** Time, injected: the only `Date.now` and `setTimeout` are here and in `wall-clock.ts`, so that a test can control both. */
export interface Clock {
  /** Epoch ms, to order and to wait. Never goes back while the process lives. */
  now(): number;
  /**
   * Epoch ms by the system's clock at this moment, to compare with another party's time. One that was just set forward is not
   * believed yet. After it was set forward and back, `now` may stay ahead of it.
   */
  wall(): number;
  /** How far (ms) the system's clock is ahead of `wall`, because it was set forward and isn't believed yet. Default: 0. */
  doubtedMs?(): number;
  /** How long ago (ms) the system's clock was last set forward by more than an hour; `null`: never in this process. */
  sinceSteppedMs?(): number | null;
  /** Calls `fire` once, not before `delayMs` from now. Calling the result cancels it. */
  after(delayMs: number, fire: () => void): () => void;
}

// setTimeout takes a 32-bit delay; a longer one would fire at once.
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The process's clock: the wall clock at start plus monotonic time since. A wall clock set forward is followed once it is
 * believed (see `WallClock`); one set back is not, so no wait is ever prolonged by it.
 */
export function systemClock(): Clock {
  const wallClock = new WallClock();
  let offsetMs = wallClock.offsetMs;
  return {
    now() {
      wallClock.read();
      if (wallClock.offsetMs - offsetMs > STEP_MS) offsetMs = wallClock.offsetMs;
      return Math.floor(performance.now() + offsetMs);
    },
    wall: () => wallClock.read(),
    doubtedMs: () => wallClock.doubtedMs(),
    sinceSteppedMs: () => wallClock.sinceSteppedMs(),
    after(delayMs, fire) {
      const timer = setTimeout(fire, Math.min(Math.max(0, Math.ceil(delayMs)), LONGEST_TIMER_MS));
      return () => clearTimeout(timer);
    },
  };
}

/** Epoch ms as the system says, believed or not: for what is signed for another party, who has a clock of its own. */
export function systemTime(clock: Pick<Clock, "wall" | "doubtedMs">): number {
  return clock.wall() + (clock.doubtedMs?.() ?? 0);
}

/** Resolves after `delayMs`, or at once when `signal` is aborted. Never rejects. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal?.aborted) {
    resolve();
    return promise;
  }
  const end = () => {
    cancel();
    signal?.removeEventListener("abort", end);
    resolve();
  };
  const cancel = clock.after(delayMs, end);
  signal?.addEventListener("abort", end, { once: true });
  return promise;
}

/** Calls `act` each `intervalMs`, the first time after one. Calling the result ends it. */
export function every(clock: Clock, intervalMs: number, act: () => void): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = clock.after(intervalMs, () => {
      next();
      act();
    });
  };
  next();
  return () => cancel();
}

/** The result of `work`, or `"late"` after `limitMs`: then the work goes on and its result is dropped. */
export async function inTime<T>(clock: Clock, limitMs: number, work: () => Promise<T>): Promise<T | "late"> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const cancel = clock.after(limitMs, () => resolve("late"));
  try {
    return await Promise.race([work(), late]);
  } finally {
    cancel();
  }
}

export interface Deadline {
  readonly signal: AbortSignal;
  abort(): void;
  /** Ends the timer. */
  cancel(): void;
}

/** A signal that is aborted after `delayMs`, with `parent`, or by `abort`. */
export function deadline(clock: Clock, delayMs: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const cancelTimer = clock.after(delayMs, abort);
  if (parent?.aborted) abort();
  parent?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    abort,
    cancel: () => {
      cancelTimer();
      parent?.removeEventListener("abort", abort);
    },
  };
}
