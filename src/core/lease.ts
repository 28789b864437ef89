/** How often a lease is renewed: three tries fit into its life, so that one lost renewal costs nothing. */
export function renewEveryMs(leaseMs: number): number {
  return Math.max(1, Math.floor(leaseMs / 3));
}
