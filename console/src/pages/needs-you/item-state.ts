import { STATES, type WaitingState } from "./filter.ts";

/** An item that has gone on since the list was made may have any state. */
export function isWaiting(state: string): state is WaitingState {
  return STATES.some((one) => one === state);
}

/** How many of the newest aren't in the list that is read. */
export function countNew(newest: readonly { readonly id: string }[], read: readonly { readonly id: string }[]): number {
  const known = new Set(read.map(({ id }) => id));
  return newest.filter(({ id }) => !known.has(id)).length;
}
