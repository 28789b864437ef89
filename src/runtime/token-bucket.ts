import type { Clock } from "./clock.ts";

/** A bucket for each name: what doesn't fit in is refused, not queued. */
export interface TokenBuckets {
  /** Whether one more may happen now, at `perSecond` at most. */
  take(name: string, perSecond: number): boolean;
  /** Nothing more of that name for so long: the other side has had enough. */
  hold(name: string, delayMs: number): void;
}

export function createTokenBuckets(clock: Clock): TokenBuckets {
  const buckets = new Map<string, { left: number; at: number; heldUntil: number }>();

  function bucketOf(name: string, full: number) {
    const known = buckets.get(name) ?? { left: full, at: clock.now(), heldUntil: 0 };
    buckets.set(name, known);
    return known;
  }

  return {
    take(name, perSecond) {
      const bucket = bucketOf(name, perSecond);
      const now = clock.now();
      bucket.left = Math.min(perSecond, bucket.left + (Math.max(0, now - bucket.at) / 1_000) * perSecond);
      bucket.at = now;
      if (bucket.left < 1 || now < bucket.heldUntil) return false;
      bucket.left -= 1;
      return true;
    },
    hold(name, delayMs) {
      bucketOf(name, 0).heldUntil = clock.now() + delayMs;
    },
  };
}
