import type { Clock } from "./clock.ts";

/**
 * Notices that the process stood still: a machine that was suspended, a stopped process, a long garbage collection. What
 * is read right after that has waited in its socket, for nobody knows how long.
 */
export interface Standstill {
  /** Begins to look. What came since it was made, and while nobody looked, may have waited. */
  begin(): void;
  end(): void;
  /** What is read now came no earlier than this (epoch ms): now, or the beginning of a standstill that has just ended. */
  waitingSince(): number;
}

/** A standstill that is shorter than two of these may be missed: 2 s, of the 10 s between LINE's minute and our 50 s. */
const LOOK_EVERY_MS = 1_000;

/** For so long after it what is read may have waited. A platform gives a webhook up after a few seconds, and sends anew. */
const DRAIN_MS = 2_000;

export function createStandstill(clock: Clock): Standstill {
  let awakeAt = clock.now();
  let stoodStillAt = awakeAt;
  let drainedAt = awakeAt;
  let cancel = () => {};

  function look(): void {
    const now = clock.now();
    if (now - awakeAt >= 2 * LOOK_EVERY_MS) {
      // Another one before the sockets were empty: what waits in them may have waited since the first.
      if (awakeAt >= drainedAt) stoodStillAt = awakeAt;
      drainedAt = now + DRAIN_MS;
    }
    awakeAt = now;
  }

  function lookAgain(): void {
    look();
    cancel = clock.after(LOOK_EVERY_MS, lookAgain);
  }

  return {
    begin: lookAgain,
    end: () => cancel(),
    waitingSince() {
      look();
      return awakeAt < drainedAt ? stoodStillAt : awakeAt;
    },
  };
}
