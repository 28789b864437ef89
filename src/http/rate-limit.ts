import type { Clock } from "../runtime/clock.ts";
import { setNewest } from "../runtime/lru.ts";

/** Rate limit of refused requests: a token bucket per client. */
export interface RateLimit {
  /** Seconds until the client may send again; `null`: now. */
  waitS(clientAddress: string | null): number | null;
  /** Counts a refused request: unsigned, without a token, unknown path, malformed. */
  refused(clientAddress: string | null): void;
  /** A request was authenticated: for a while the client isn't limited. */
  proven(clientAddress: string | null): void;
}

/** Size of the LRU cache of clients. */
const CACHE_SIZE = 10_000;

/** How long an authenticated client isn't limited, in ms. A platform's next webhook mostly arrives earlier. */
const PROVEN_MS = 3_600_000;

interface Bucket {
  left: number;
  at: number;
  provenUntil: number;
}

/**
 * `perMinute`: refused requests that a client may send per minute, in a burst or spread out; further requests are
 * answered with 429 before their bodies are read. 0: no limit.
 */
export function createRateLimit(clock: Clock, perMinute: number): RateLimit {
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;

  function bucketOf(clientAddress: string): Bucket {
    const now = clock.now();
    const bucket = buckets.get(clientAddress) ?? { left: perMinute, at: now, provenUntil: 0 };
    bucket.left = Math.min(perMinute, bucket.left + Math.max(0, now - bucket.at) * perMs);
    bucket.at = now;
    setNewest(buckets, clientAddress, bucket, CACHE_SIZE);
    return bucket;
  }

  return {
    waitS(clientAddress) {
      // Clients without a refusal aren't cached.
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
