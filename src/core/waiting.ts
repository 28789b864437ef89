import type { DeliveryState } from "./delivery.ts";
import type { TurnState } from "./turn.ts";

/** States in which a turn or a delivery waits: for a time, an agent, a platform or a person. */
export const WAITING_STATES = [
  "collecting",
  "ready",
  "leased",
  "pending",
  "sending",
  "unknown",
  "parked",
  "dead",
] as const satisfies readonly (TurnState | DeliveryState)[];
export type WaitingState = (typeof WAITING_STATES)[number];

/**
 * What a row waits for that isn't plain from its state: only a ready turn, and a pending or unknown delivery that is tried
 * again by itself, have one.
 *
 * - `stopped`: the account is stopped, or resumes with one delivery at a time.
 * - `slow`: the account is rate limited.
 * - `behind`: another turn or delivery of the conversation goes first.
 * - `back-off`: it was tried, and its next try isn't due yet.
 */
export const WAIT_REASONS = ["stopped", "slow", "behind", "back-off"] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** A turn that has failed, or a delivery that was tried, this often is listed for an operator. */
export const LISTED_AFTER = 2;

/** Rows of a state are counted up to this. */
export const WAITING_COUNT_MAX = 10_000;

/** The backlog in one state. */
export interface WaitingCount {
  readonly state: WaitingState;
  /** Up to `WAITING_COUNT_MAX`, so that counting costs the same however much waits. */
  readonly count: number;
  readonly oldestMs: number;
}
