/** When a conversation's messages become one turn. There is no unbounded mode. */
export interface BatchPolicy {
  /** The turn is due when the person has been quiet for this long, in ms. 0 turns batching off: each event is a turn. */
  readonly quietMs: number;
  /** The turn is due this long after its first event, however fast the person types, in ms. */
  readonly maxWaitMs: number;
  /** The turn is sealed at once when it holds this many events. */
  readonly maxEvents: number;
}

export interface Collecting {
  readonly firstEventAt: number;
  readonly lastEventAt: number;
  readonly eventCount: number;
  /** One of the events asked not to wait. */
  readonly immediate: boolean;
}

/**
 * The moment (epoch ms) at which a collecting turn is sealed: `min(lastEventAt + quietMs, firstEventAt + maxWaitMs)`.
 *
 * A last event that seems older than the first (the clock was set back between them) counts as the first: an odd age
 * may shorten a wait but never lengthens it past `firstEventAt + maxWaitMs`.
 */
export function dueAt(turn: Collecting, policy: BatchPolicy): number {
  const latest = turn.firstEventAt + policy.maxWaitMs;
  if (turn.immediate || turn.eventCount >= policy.maxEvents) return Math.min(turn.lastEventAt, latest);
  return Math.min(Math.max(turn.lastEventAt, turn.firstEventAt) + policy.quietMs, latest);
}

/**
 * How long until something stored as due at `at` should be looked at, in ms; 0 when it is due.
 *
 * A wait longer than `longestMs` can't have been meant: the clock was set back since it was stored (or the setting was
 * shortened). Then it is due now. The stores say the same in SQL.
 */
export function waitMs(at: number, now: number, longestMs: number): number {
  const wait = at - now;
  return wait <= 0 || wait > longestMs ? 0 : wait;
}
