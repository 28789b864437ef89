/** What one run, or many, came to. */
export interface Figures {
  readonly acked: number;
  readonly answered: number;
  readonly lost: number;
  readonly doubled: number;
  /** Replies that somebody has once more, by a setting, and their delivery says so. */
  readonly sentAgain: number;
  /** Bubbles of unknown outcome that the person has, and that the person has not. Both are listed. */
  readonly unknownSeen: number;
  readonly unknownUnseen: number;
  /** Messages whose bot refused, was mute, or that were taken back: nobody waits for an answer. */
  readonly excused: number;
  /** Messages of people beside a local fault, of which nothing but it could keep the answer (G12). */
  readonly beside: number;
}
