/** Retention settings of `Store.purge`. */
export interface Retention {
  /** Message content is deleted after this many ms; metadata stays. Default and maximum: `metadataMs`. */
  readonly contentMs?: number;
  /** Events and finished turns, with their deliveries, are deleted after this many ms. */
  readonly metadataMs: number;
  /** A dedup key is kept this many ms, at least 8 days. */
  readonly dedupKeysMs: number;
  /** Epoch ms by the wall clock of the process. The database's may be another, and one that is ahead makes nothing old. */
  readonly wall: number;
  readonly limit: number;
}

/** What one batch of `Store.purge` deleted. */
export interface Purged {
  /** Turns, and events and deliveries without one, whose content was deleted. */
  readonly contents: number;
  readonly turns: number;
  readonly events: number;
  readonly keys: number;
}
