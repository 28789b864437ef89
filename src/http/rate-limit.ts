import type { Clock } from "../runtime/clock.ts";

/** Senders of requests that had to be refused, each with a bucket of refusals. */
export interface RateLimit {
  /** After how many seconds that sender may come again; `null`: it may come in now. */
  waitS(clientAddress: string | null): number | null;
  /** One of its requests was refused for what it was: unsigned, without a token, no place of ours, not readable. */
  refused(clientAddress: string | null): void;
  /** One of its requests showed who it is. For a while it is never rejected unheard, whatever else comes from there. */
  proven(clientAddress: string | null): void;
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
 * are answered 429 before a byte of their bodies is read. 0: nobody is rejected.
 */
export function createRateLimit(clock: Clock, perMinute: number): RateLimit {
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;

  function bucketOf(clientAddress: string): Bucket {
    const now = clock.now();
    const bucket = buckets.get(clientAddress) ?? { left: perMinute, at: now, provenUntil: 0 };
    bucket.left = Math.min(perMinute, bucket.left + Math.max(0, now - bucket.at) * perMs);
    bucket.at = now;
    buckets.delete(clientAddress);
    buckets.set(clientAddress, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > REMEMBERED && oldest !== undefined) buckets.delete(oldest);
    return bucket;
  }

  return {
    waitS(clientAddress) {
      // Who was never refused costs nothing and is not remembered.
      if (perMinute === 0 || clientAddress === null || !buckets.has(clientAddress)) return null;
      const bucket = bucketOf(clientAddress);
      if (bucket.left >= 1 || bucket.provenUntil > bucket.at) return null;
      return Math.ceil((1 - bucket.left) / perMs / 1_000);
    },
    refused(clientAddress) {
      if (perMinute === 0 || clientAddress === null) return;
      const bucket = bucketOf(clientAddress);
      bucket.left = Math.max(0, bucket.left - 1);
    },
    proven(clientAddress) {
      if (perMinute === 0 || clientAddress === null) return;
      const bucket = bucketOf(clientAddress);
      bucket.provenUntil = bucket.at + PROVEN_MS;
    },
  };
}
