import type { Clock } from "./clock.ts";

/** Token-bucket rate limits by name: what is over the limit is refused, not queued. */
export interface TokenBuckets {
  /** Whether one more may happen now, at `perSecond` at most. */
  take(name: string, perSecond: number): boolean;
  /** Refuses everything of that name for so long, after the other side refused a call. */
  block(name: string, delayMs: number): void;
}

export function createTokenBuckets(clock: Clock): TokenBuckets {
  const buckets = new Map<string, { left: number; at: number; blockedUntil: number }>();

  function bucketOf(name: string, full: number) {
    const known = buckets.get(name) ?? { left: full, at: clock.now(), blockedUntil: 0 };
    buckets.set(name, known);
    return known;
  }

  return {
    take(name, perSecond) {
      const bucket = bucketOf(name, perSecond);
      const now = clock.now();
      bucket.left = Math.min(perSecond, bucket.left + (Math.max(0, now - bucket.at) / 1_000) * perSecond);
      bucket.at = now;
      if (bucket.left < 1 || now < bucket.blockedUntil) return false;
      bucket.left -= 1;
      return true;
    },
    block(name, delayMs) {
      bucketOf(name, 0).blockedUntil = clock.now() + delayMs;
    },
  };
}
