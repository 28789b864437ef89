/*
 * An owner: a process that shares the store with others, as they see it. (Where the store belongs to one process there is
 * nobody to see it.)
 *
 *               beat                no beat for OWNER_LEASE_MS             nobody was cut off for STEADY_MS
 *   (not seen) ──────▶ living ────────────────────────────────▶ silent ─────────────────────────────────────▶ dead
 *                      ▲ │  ▲ │                                   │                                            │ ▲
 *                      └─┘  │ └──────────────────── withdrawn ────│────────────────────────────────────────────│─┘
 *                      beat └──────────────── beat ───────────────┘                                            │
 *                             (not seen) ◀──── all that it held is healed, and its row is removed ─────────────┘
 *
 * What an owner has claimed is its own while it is living and the claim's own lease lasts, whichever ends first. What a
 * dead one held is found at once. One that is not seen (an earlier version, one that came back after it was removed) is
 * judged by its claims' leases alone. A frozen one that comes back finds its fences moved; until it has beaten again it
 * begins no call, because by its own clock its time is over, and after that none that it had claimed before.
 */

/** How often a living process says so. One small commit a second is no load for any database that holds this work. */
export const HEARTBEAT_EVERY_MS = 1_000;

/**
 * A process that has been silent for so long is taken for gone. A reply token lives 50 s, so even several deaths in a row
 * leave time for the answer; and a process that is alive on a machine that is far too busy seldom stands still as long.
 */
export const OWNER_LEASE_MS = 6_000;

/** Living processes write more often than this: a longer gap means that the database was away, for whomever. */
export const GAP_MS = 3 * HEARTBEAT_EVERY_MS;

/**
 * After such a gap nobody is judged for so long: everybody was cut off, and each needs time to notice (a heartbeat waits
 * `HEARTBEAT_PATIENCE_MS` for its answer), connect and beat again.
 */
export const STEADY_MS = 4_000;

/** A heartbeat without an answer for so long has failed, so that the next one can be tried while the lease lasts. */
export const HEARTBEAT_PATIENCE_MS = 3_000;

/** How often a lease is renewed: three tries fit into its life, so that one lost renewal costs nothing. */
export function renewEveryMs(leaseMs: number): number {
  return Math.max(1, Math.floor(leaseMs / 3));
}
