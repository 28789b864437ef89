import type { Clock } from "./clock.ts";

/**
 * Whether this process may rely on its claims. Where others share the store they reclaim its leases once its heartbeat
 * has been missing for too long; by its own clock it knows when that may be. After that, work in progress goes on (its
 * next write is fenced if it was reclaimed), and nothing new is begun.
 */
export interface ProcessLease {
  isValid(): boolean;
  /**
   * Number of the unbroken period of validity; `null` while the lease isn't valid. What was claimed in one epoch isn't
   * begun in another: in between it may have been reclaimed.
   */
  epoch(): number | null;
  /** A heartbeat succeeded; the lease is valid until `at` (process clock). */
  renewUntil(at: number): void;
  /** Ends it for good: a heartbeat in flight no longer renews it. */
  release(): void;
}

/** Always valid where the store isn't shared, else from the first heartbeat on. */
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
