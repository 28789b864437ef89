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

/** A turn that has failed, or a delivery that was tried, this often is listed for an operator. */
export const LISTED_AFTER = 2;

/** Rows of a state are counted up to this. */
export const WAITING_COUNT_MAX = 10_000;

/** The backlog in one state. */
export interface Waiting {
  readonly state: WaitingState;
  /** Up to `WAITING_COUNT_MAX`, so that counting costs the same however much waits. */
  readonly count: number;
  readonly oldestMs: number;
}
