import type { Clock } from "./clock.ts";

/**
 * Whether this process may rely on what it has claimed. Where others share the store they take its work over once it has
 * been silent for too long; by its own clock it knows when that may be, without asking anybody. What was begun before goes
 * on (the fence decides what becomes of it); nothing new is begun.
 */
export interface Tenure {
  isHeld(): boolean;
  /**
   * Which unbroken time of holding it this is; `null` while it isn't held. What was claimed in one isn't begun in another:
   * in between somebody may have taken it over.
   */
  term(): number | null;
  /** A sign of life was taken: it lasts until then, by the process's clock. */
  holdUntil(at: number): void;
  /** For good: a sign of life that was on its way changes nothing any more. */
  giveUp(): void;
}

/** Held for ever where nobody shares the store, else from the first sign of life on. */
export function createTenure(clock: Clock, isShared: boolean): Tenure {
  let heldUntil = isShared ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  let term = 0;
  let isGivenUp = false;
  const isHeld = () => !isGivenUp && clock.now() < heldUntil;
  return {
    isHeld,
    term: () => (isHeld() ? term : null),
    holdUntil(at) {
      if (!isHeld()) term += 1;
      heldUntil = at;
    },
    giveUp() {
      isGivenUp = true;
    },
  };
}
