/** Debouncing: when a conversation's messages become one turn. Every limit is finite. */
export interface BatchPolicy {
  /** The turn is due when the person has been quiet for this long, in ms. 0 turns batching off: each event is a turn. */
  readonly quietMs: number;
  /** The turn is due this long after its first event, however fast the person types, in ms. */
  readonly maxWaitMs: number;
  /** The turn is sealed at once when it holds this many events. */
  readonly maxEvents: number;
}

/** A collecting turn, as far as its due time depends on it. */
export interface BatchState {
  readonly firstEventAt: number;
  readonly lastEventAt: number;
  readonly eventCount: number;
  /** One of the events makes the turn due at once (`collect-now`). */
  readonly immediate: boolean;
  /** A part of a set (`SetPart`) is here and another has not arrived. */
  readonly isIncomplete: boolean;
}

/**
 * The moment (epoch ms) at which a collecting turn is sealed: `min(lastEventAt + quietMs, firstEventAt + maxWaitMs)`.
 *
 * A last event that seems older than the first (the clock was set back between them) counts as the first: an odd age
 * may shorten a wait but never lengthens it past `firstEventAt + maxWaitMs`. For the rest of a set a turn waits that long,
 * because one act of the person is one turn.
 */
export function dueAt(turn: BatchState, policy: BatchPolicy): number {
  const latest = turn.firstEventAt + policy.maxWaitMs;
  if (turn.immediate || turn.eventCount >= policy.maxEvents) return Math.min(turn.lastEventAt, latest);
  if (turn.isIncomplete) return latest;
  return Math.min(Math.max(turn.lastEventAt, turn.firstEventAt) + policy.quietMs, latest);
}

/**
 * How long until something stored as due at `at` is due, in ms; 0 when it is.
 *
 * A wait longer than `longestMs` means that the clock was set back since it was stored (or that the setting was
 * shortened): then it is due now.
 */
export function waitMs(at: number, now: number, longestMs: number): number {
  const wait = at - now;
  return wait <= 0 || wait > longestMs ? 0 : wait;
}
