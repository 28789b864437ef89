import type { Clock } from "./clock.ts";

/**
 * Notices that the process stood still: a machine that was suspended, a stopped process, a long garbage collection. What
 * is read right after that has waited in its socket, for nobody knows how long.
 */
export interface StallDetector {
  /** Begins to look. What came since it was made, and while nobody looked, may have waited. */
  begin(): void;
  end(): void;
  /** What is read now came no earlier than this (epoch ms): now, or the beginning of an event-loop stall that has just ended. */
  earliestArrivalAt(): number;
}

/** An event-loop stall that is shorter than two of these may be missed: 2 s, of the 10 s between LINE's minute and our 50 s. */
const CHECK_EVERY_MS = 1_000;

/** For so long after it what is read may have waited. A platform gives a webhook up after a few seconds, and sends anew. */
const DRAIN_MS = 2_000;

export function createStallDetector(clock: Clock): StallDetector {
  let awakeAt = clock.now();
  let stalledAt = awakeAt;
  let drainedAt = awakeAt;
  let cancel = () => {};

  function check(): void {
    const now = clock.now();
    if (now - awakeAt >= 2 * CHECK_EVERY_MS) {
      // Another one before the sockets were empty: what waits in them may have waited since the first.
      if (awakeAt >= drainedAt) stalledAt = awakeAt;
      drainedAt = now + DRAIN_MS;
    }
    awakeAt = now;
  }

  function checkAgain(): void {
    check();
    cancel = clock.after(CHECK_EVERY_MS, checkAgain);
  }

  return {
    begin: checkAgain,
    end: () => cancel(),
    earliestArrivalAt() {
      check();
      return awakeAt < drainedAt ? stalledAt : awakeAt;
    },
  };
}
