import type { PollResult } from "../runtime/loop.ts";
import type { Expired } from "../store/store.ts";
import type { Deps } from "./deps.ts";

const LIMIT = 100;

export type SweepDeps = Pick<Deps, "store" | "settings" | "random" | "clock" | "ownership" | "wake" | "report">;

/** Ends expired leases and deletes what is older than the retention, in small batches. */
export async function sweep(deps: SweepDeps): Promise<PollResult> {
  const { store, settings, random, clock, ownership, report } = deps;
  // A process whose own lease may be over declares no other dead.
  if (!ownership.processLease.isValid()) return { more: false, nextInMs: null };
  const expired = await store.expireLeases({ limit: LIMIT, retry: settings.turnRetry, random: random.fraction() });
  reportAndWake(deps, expired);
  if (!isTimeTrusted(deps)) return { more: false, nextInMs: null };
  const { contentMs, metadataMs, dedupKeysMs } = settings;
  const purged = await store.purge({ contentMs, metadataMs, dedupKeysMs, wall: clock.wall(), limit: LIMIT });
  report.sweep({ kind: "purged", ...purged });
  return { more: purged.turns >= LIMIT || purged.events >= LIMIT || purged.contents >= LIMIT, nextInMs: null };
}

/** How long retention waits after the clock was set forward: set back again, it would have made what is young look old. */
const TRUSTED_AFTER_MS = 3_600_000;

function isTimeTrusted({ clock }: SweepDeps): boolean {
  return (clock.sinceSteppedMs?.() ?? TRUSTED_AFTER_MS) >= TRUSTED_AFTER_MS;
}

/** At start: reclaims the leases of processes that ended. */
export async function reclaimOrphanedLeases(deps: SweepDeps): Promise<void> {
  reportAndWake(deps, await deps.store.reclaimOrphanedLeases(deps.ownership.owner));
}

function reportAndWake({ wake, report }: SweepDeps, expired: Expired): void {
  report.sweep({ kind: "expired", expired });
  if (expired.turnsReady > 0) wake.signal("claim");
  if (expired.attemptsUnknown.length > 0) wake.signal("send");
}
