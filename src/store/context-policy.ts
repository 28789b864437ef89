/**
 * Limits of the context: messages that opened no turn and those of human agents, from the sealing of the turn before to the
 * sealing of this one.
 */
export interface ContextPolicy {
  /** The newest so many. */
  readonly maxEvents: number;
  /** In a group or room: not older than this before the turn's first event, in ms. */
  readonly maxAgeMs: number;
}
