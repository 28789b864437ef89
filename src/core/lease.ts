/*
 * An owner: a process that shares the store with others, as they see it. (A store of a single process has no owner table.)
 *
 *              heartbeat          no heartbeat for OWNER_LEASE_MS       the database was reachable for STEADY_MS
 *   (no row) ───────────▶ alive ──────────────────────────────▶ silent ─────────────────────────────────────▶ dead
 *                         ▲ │  ▲ │                                │                                            │ ▲
 *                         └─┘  │ └───────────── deregistered ─────│────────────────────────────────────────────│─┘
 *                   heartbeat  └────────── heartbeat ─────────────┘                                            │
 *                             (no row) ◀────── its leases are reclaimed and its row is deleted ────────────────┘
 *
 * A claim belongs to its owner while the owner is alive and the claim's own lease lasts, whichever ends first. A dead
 * owner's leases are reclaimed at once. An owner without a row (an earlier version, or one that came back after its row
 * was deleted) loses a claim only when the claim's lease ends. A frozen process that resumes finds its fences moved. It
 * begins no call before its next heartbeat, because by its own clock its process lease is over, and after that no call
 * that it had claimed before.
 */

/** Interval of the heartbeat: one small commit a second. */
export const HEARTBEAT_EVERY_MS = 1_000;

/**
 * A process without a heartbeat for this long counts as gone. A reply token lives 50 s, so several failovers in a row
 * still leave time for the answer; and a live process on an overloaded machine seldom stalls for as long.
 */
export const OWNER_LEASE_MS = 6_000;

/** Live processes write more often than this: a longer gap means that no process could reach the database. */
export const GAP_MS = 3 * HEARTBEAT_EVERY_MS;

/**
 * For this long after such a gap no owner is declared dead: each needs time to notice that its connection broke (a
 * heartbeat waits `HEARTBEAT_TIMEOUT_MS` for its answer), to connect again and to send a heartbeat.
 */
export const STEADY_MS = 4_000;

/** Timeout of a heartbeat, so that the next one can be tried while the lease lasts. */
export const HEARTBEAT_TIMEOUT_MS = 3_000;

/** How often a lease is renewed: three renewals fit into its life, so that one may be lost. */
export function renewEveryMs(leaseMs: number): number {
  return Math.max(1, Math.floor(leaseMs / 3));
}
