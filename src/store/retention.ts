/** Retention settings of `Store.purge`. */
export interface Retention {
  /** Message content is deleted after this many ms; metadata stays. Default and maximum: `historyMs`. */
  readonly bodiesMs?: number;
  /** Events and finished turns, with their deliveries, are deleted after this many ms. */
  readonly historyMs: number;
  /** A dedup key is kept this many ms, at least 8 days. */
  readonly dedupMs: number;
  readonly limit: number;
}

/** What one batch of `Store.purge` deleted. */
export interface Purged {
  /** Turns, and events and deliveries without one, whose content was deleted. */
  readonly bodies: number;
  readonly turns: number;
  readonly events: number;
  readonly keys: number;
}
