/** What bots were asked, and in what manner each answered: evidence for the oracle. */

/** One handing out of a turn. */
export interface Handed {
  readonly at: number;
  readonly turnId: string;
  readonly fence: number;
  readonly person: string;
  /** The numbers that the person said, in the turn's order. */
  readonly numbers: readonly number[];
  readonly manner: Manner;
  /** What this agent says, if it comes to that. */
  readonly replies: readonly string[];
  /** Those of a bot that answers in parts, as they were posted. */
  readonly parts: Part[];
}

export interface Part {
  readonly replies: readonly string[];
  /** `null` when nobody was there, or nobody has answered yet. */
  status: number | null;
}

export const MANNERS = [
  "quick",
  "slow",
  "late",
  "fails",
  "hangs",
  "refuses",
  "later",
  "later twice",
  "in parts",
  "mute",
] as const;
export type Manner =
  | (typeof MANNERS)[number]
  /** Of a local fault only: the connection ends with the turn; the answer says nothing that can be read. */
  | "drops"
  | "unreadable";

export const AGENT_TIMEOUT_MS = 12_000;
