/** Methods of a store that several processes share; a store of a single process has none of them. */
export interface ClusterMembership {
  /**
   * Records a heartbeat. Resolves to the length of the owner's lease in ms, counted from before the call: after it, and
   * without another heartbeat, other processes reclaim what the owner has claimed. `version`: of its program.
   */
  heartbeat?(owner: string, version?: string): Promise<number>;
  /** Only with `heartbeat`: the owner has ended, and its leases may be reclaimed at once. */
  deregister?(owner: string): Promise<void>;
  /** Only with `heartbeat`: processes that have registered, dead ones until all that they held is reclaimed. At most 1 000. */
  listNodes?(): Promise<readonly StoreNode[]>;
  /**
   * Calls `onNotification` when another process may have made turns ready, or when that can't be ruled out. A lost
   * notification costs a polling interval.
   */
  listen?(onNotification: () => void): void;
}

export interface StoreNode {
  readonly owner: string;
  /** Until when it counts as alive without another heartbeat, epoch ms; `null`: it has ended. */
  readonly aliveUntil: number | null;
  readonly isAlive: boolean;
  /** `null`: it hasn't told. */
  readonly version: string | null;
}
