/** How long a store keeps what, and what one batch of `Store.purge` deleted. */
export interface Retention {
  /** What was said is deleted after this many ms, that it was said isn't. Default, and at the latest: `historyMs`. */
  readonly bodiesMs?: number;
  /** Events and finished turns, with all that hangs on them, are deleted after this many ms. */
  readonly historyMs: number;
  /** A dedup key is kept this many ms, at least 8 days. */
  readonly dedupMs: number;
  readonly limit: number;
}

export interface Purged {
  /** Turns, and events and deliveries without one, whose words were deleted. */
  readonly bodies: number;
  readonly turns: number;
  readonly events: number;
  readonly keys: number;
}
