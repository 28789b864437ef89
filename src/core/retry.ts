export interface RetryPolicy {
  /** Wait before the second attempt, in ms. Each further wait doubles. */
  readonly baseMs: number;
  /** No wait is longer, in ms. */
  readonly capMs: number;
  /** Give up only when this many attempts were made … */
  readonly maxAttempts: number;
  /** … and this much time has passed since the first, in ms. Both, so that a short outage never kills a message. */
  readonly maxAgeMs: number;
}

/**
 * The wait before the next attempt, in ms, after `attempts` of them (1 after the first).
 *
 * Exponential back-off with jitter: half of it is fixed and half is drawn by `random` (0 ≤ random < 1), so that many that
 * failed together don't retry together. `notBeforeMs` is the other side's `Retry-After`; it lengthens, never shortens.
 */
export function backoffMs(attempts: number, policy: RetryPolicy, random: number, notBeforeMs = 0): number {
  // 2^30 × 1 ms is already 12 days: past it the cap has long decided, and the power must not overflow.
  const exponent = Math.min(Math.max(attempts - 1, 0), 30);
  const full = Math.min(policy.capMs, policy.baseMs * 2 ** exponent);
  return Math.max(notBeforeMs, Math.round(full / 2 + (full / 2) * random));
}

export function isExhausted(attempts: number, ageMs: number, policy: RetryPolicy): boolean {
  return attempts >= policy.maxAttempts && ageMs >= policy.maxAgeMs;
}
