import { type Clock, every } from "./clock.ts";

/**
 * Detects event-loop stalls: a suspended machine, a stopped process, a long garbage collection. What is read right after
 * a stall has waited in its socket for an unknown time.
 */
export interface StallDetector {
  /** Begins to check. What came before that, since the detector was made, may have waited. */
  begin(): void;
  end(): void;
  /** Earliest arrival of what is read now (epoch ms): now, or the beginning of a stall that has just ended. */
  earliestArrivalAt(): number;
}

/** A stall shorter than two of these may be missed: 2 s, of the 10 s between LINE's minute and the 50 s that we use. */
const CHECK_EVERY_MS = 1_000;

/** For this long after a stall, what is read may have waited. A platform gives up a webhook after a few seconds and resends. */
const DRAIN_MS = 2_000;

export function createStallDetector(clock: Clock): StallDetector {
  let awakeAt = clock.now();
  let stalledAt = awakeAt;
  let drainedAt = awakeAt;
  let cancel = () => {};

  function check(): void {
    const now = clock.now();
    if (now - awakeAt >= 2 * CHECK_EVERY_MS) {
      // Another stall before the sockets were drained: what is in them may have waited since the first.
      if (awakeAt >= drainedAt) stalledAt = awakeAt;
      drainedAt = now + DRAIN_MS;
    }
    awakeAt = now;
  }

  return {
    begin() {
      check();
      cancel = every(clock, CHECK_EVERY_MS, check);
    },
    end: () => cancel(),
    earliestArrivalAt() {
      check();
      return awakeAt < drainedAt ? stalledAt : awakeAt;
    },
  };
}
