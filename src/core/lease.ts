/** A claim that ends by itself. The fence, which only grows, guards every later write. */
export interface Lease {
  readonly owner: string;
  readonly fence: number;
  /** Epoch ms by the store's clock. */
  readonly expiresAt: number;
}

/** How often a lease is renewed: three tries fit into its life, so that one lost renewal costs nothing. */
export function renewEveryMs(leaseMs: number): number {
  return Math.max(1, Math.floor(leaseMs / 3));
}
