import type { Clock } from "../runtime/clock.ts";

/** Senders of requests that had to be refused, each with a bucket of refusals. */
export interface Flood {
  /** After how many seconds that sender may come again; `null`: it may come in now. */
  waitS(caller: string | null): number | null;
  /** One of its requests was refused for what it was: unsigned, without a token, no place of ours, not readable. */
  refused(caller: string | null): void;
  /** One of its requests showed who it is. For a while it is never turned away unheard, whatever else comes from there. */
  proven(caller: string | null): void;
}

/** Senders that are remembered, the one that was heard of last at the end. */
const REMEMBERED = 10_000;

/** How long a sender that was once right is heard, in ms. A platform's next webhook is seldom further away. */
const PROVEN_MS = 3_600_000;

interface Bucket {
  left: number;
  at: number;
  provenUntil: number;
}

/**
 * `perMinute`: refusals that a sender may cause, at once or spread out; the next requests of one that has used them up
 * are answered 429 before a byte of their bodies is read. 0: nobody is turned away.
 */
export function createFlood(clock: Clock, perMinute: number): Flood {
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;

  function bucketOf(caller: string): Bucket {
    const now = clock.now();
    const bucket = buckets.get(caller) ?? { left: perMinute, at: now, provenUntil: 0 };
    bucket.left = Math.min(perMinute, bucket.left + Math.max(0, now - bucket.at) * perMs);
    bucket.at = now;
    buckets.delete(caller);
    buckets.set(caller, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > REMEMBERED && oldest !== undefined) buckets.delete(oldest);
    return bucket;
  }

  return {
    waitS(caller) {
      // Who was never refused costs nothing and is not remembered.
      if (perMinute === 0 || caller === null || !buckets.has(caller)) return null;
      const bucket = bucketOf(caller);
      if (bucket.left >= 1 || bucket.provenUntil > bucket.at) return null;
      return Math.ceil((1 - bucket.left) / perMs / 1_000);
    },
    refused(caller) {
      if (perMinute === 0 || caller === null) return;
      const bucket = bucketOf(caller);
      bucket.left = Math.max(0, bucket.left - 1);
    },
    proven(caller) {
      if (perMinute === 0 || caller === null) return;
      const bucket = bucketOf(caller);
      bucket.provenUntil = bucket.at + PROVEN_MS;
    },
  };
}
