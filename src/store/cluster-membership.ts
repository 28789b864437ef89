/** What a store has more where several processes share it. A store that belongs to one process has none of it. */
export interface ClusterMembership {
  /**
   * A heartbeat of `owner`. Until the ms that it gives are over, counted from before
   * the call, what that owner has claimed is its own; after them others take it over, unless another heartbeat came.
   */
  heartbeat?(owner: string): Promise<number>;
  /** Only with `heartbeat`: the owner has ended, and what it still holds may be taken over at once. */
  deregister?(owner: string): Promise<void>;
  /**
   * Calls `onNotification` when another one may have made turns ready, or when that can't be
   * ruled out. A hint that is lost costs a polling interval.
   */
  listen?(onNotification: () => void): void;
}
