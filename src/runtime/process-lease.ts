import type { Clock } from "./clock.ts";

/**
 * Whether this process may rely on what it has claimed. Where others share the store they take its work over once it has
 * been silent for too long; by its own clock it knows when that may be, without asking anybody. What was begun before goes
 * on (the fence decides what becomes of it); nothing new is begun.
 */
export interface ProcessLease {
  isValid(): boolean;
  /**
   * Which unbroken validity this is; `null` while the lease isn't valid. What was claimed in one isn't begun in another:
   * in between somebody may have taken it over.
   */
  epoch(): number | null;
  /** A heartbeat succeeded; the lease is valid until `at` (process clock). */
  renewUntil(at: number): void;
  /** For good: a heartbeat that was on its way changes nothing any more. */
  release(): void;
}

/** Valid for ever where nobody shares the store, else from the first heartbeat on. */
export function createProcessLease(clock: Clock, isShared: boolean): ProcessLease {
  let validUntil = isShared ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  let epoch = 0;
  let isReleased = false;
  const isValid = () => !isReleased && clock.now() < validUntil;
  return {
    isValid,
    epoch: () => (isValid() ? epoch : null),
    renewUntil(at) {
      if (!isValid()) epoch += 1;
      validUntil = at;
    },
    release() {
      isReleased = true;
    },
  };
}
