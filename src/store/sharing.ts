/** What a store has more where several processes share it. A store that belongs to one process has none of it. */
export interface Sharing {
  /**
   * Says that `owner` lives. Until the ms that it gives are over, counted from before
   * the call, what that owner has claimed is its own; after them others take it over, unless it has beaten again.
   */
  beat?(owner: string): Promise<number>;
  /** Only with `beat`: the owner has ended, and what it still holds may be taken over at once. */
  withdraw?(owner: string): Promise<void>;
  /**
   * Calls `onHint` when another one may have made turns ready, or when that can't be
   * ruled out. A hint that is lost costs a polling interval.
   */
  listen?(onHint: () => void): void;
}
