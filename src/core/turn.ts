import type { Conversation } from "./conversation.ts";
import type { TurnEvent } from "./event.ts";

/*
 * A turn: events of one conversation that the agent answers as one.
 *
 *                  all events gone                 all events gone
 *        ┌────────────────────────────▶ empty ◀───────────────────────┐
 *        │                                ▲                           │
 *   collecting ──── due, full or immediate│───▶ ready ────────────────┘
 *                                         │     │ ▲ ▲
 *            interrupted: its events went │     │ │ └────── replayed ─────── dead
 *            to the next turn             │     ▼ │ failed, handed back,      ▲
 *                        ┌────────────────┴─ leased  or the lease expired     │
 *                        │ answered             └──── out of tries, refused ──┘
 *                        ▼
 *                       done             skipped: a UI-only event that came while the conversation was busy
 *
 * A transaction may take two arrows at once, in one write: a turn that waits for nothing begins as `leased`.
 *
 * `collecting`, `ready` and `leased` are in progress. `dead` waits for an operator. The others are final.
 */
export const TURN_TRANSITIONS = {
  collecting: ["ready", "empty"],
  ready: ["leased", "empty", "dead"],
  leased: ["ready", "done", "dead", "empty"],
  done: [],
  dead: ["ready"],
  empty: [],
  skipped: [],
} as const satisfies Record<string, readonly string[]>;

export type TurnState = keyof typeof TURN_TRANSITIONS;

export const TURN_STATES = Object.keys(TURN_TRANSITIONS) as readonly TurnState[];

export function canMove(from: TurnState, to: TurnState): boolean {
  const targets: readonly TurnState[] = TURN_TRANSITIONS[from];
  return targets.includes(to);
}

/** Why an agent's attempt at a turn ended without an answer. */
export type TurnFailure =
  /** Try again after a back-off: the agent was away, slow, or said "try later". */
  | { readonly kind: "retry"; readonly reason: string; readonly retryAfterMs: number }
  /** The agent refused the turn for good. */
  | { readonly kind: "dead"; readonly reason: string }
  /** The process ends, or ended: another owner may claim it after that time (default 0). Not counted as an agent failure. */
  | { readonly kind: "handed-back"; readonly afterMs?: number };

/** Identifies a turn's lease: every write under it names both. */
export interface LeasedTurn {
  readonly turnId: string;
  readonly fence: number;
}

export interface ClaimedTurn extends LeasedTurn {
  readonly attempt: number;
  /** How often an agent has failed at it. Default: `attempt` less one. */
  readonly failures?: number;
  readonly conversation: Conversation;
  readonly events: readonly TurnEvent[];
  /** Messages since the turn before that opened no turn: in a group, not addressed to the bot, or during a handover. */
  readonly context: readonly TurnEvent[];
  /** When the turn's last reply token expires; `null` when it has none. */
  readonly replyBy: number | null;
  /** How far the store's time, in which these are, is ahead of the wall clock, in ms. Default 0. */
  readonly aheadMs?: number;
  readonly firstEventAt: number;
  readonly claimedAt: number;
  /** Headers that put an agent's own work into the turn's trace. Default: it isn't traced. */
  readonly traceHeaders?: Readonly<Record<string, string>>;
}
