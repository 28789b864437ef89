import type { Tick } from "../runtime/loop.ts";
import type { Expired } from "../store/store.ts";
import type { Deps } from "./deps.ts";

const LIMIT = 100;

/** Ends leases that ran out and deletes what is older than the retention says, a little at a time. */
export async function sweep(deps: Deps): Promise<Tick> {
  const { store, settings, chance } = deps;
  // Whoever can't be sure to live itself judges nobody.
  if (!deps.tenure.isHeld()) return { more: false, nextInMs: null };
  const expired = await store.expireLeases({ limit: LIMIT, retry: settings.turnRetry, chance: chance.random() });
  noteExpired(deps, expired);
  const { bodiesMs, historyMs, dedupMs } = settings;
  const purged = await store.purge({ bodiesMs, historyMs, dedupMs, limit: LIMIT });
  if (purged.bodies + purged.turns + purged.events + purged.keys > 0)
    deps.log.debug({ ...purged }, "purged by retention");
  return { more: purged.turns >= LIMIT || purged.events >= LIMIT || purged.bodies >= LIMIT, nextInMs: null };
}

/** At start: what the process before us left in the middle. */
export async function takeOver(deps: Deps): Promise<void> {
  noteExpired(deps, await deps.store.takeOver(deps.owner));
}

function noteExpired(deps: Deps, { turnsReady, turnsDead, attemptsUnknown }: Expired): void {
  if (turnsReady + turnsDead > 0) {
    deps.log.warn({ turnsReady, turnsDead }, "turns whose owner is gone: handed out again, or dead");
  }
  if (turnsDead > 0) deps.metrics.turns.inc({ outcome: "dead" }, turnsDead);
  for (const { deliveryId, channel, account, route, entered } of attemptsUnknown) {
    deps.log.warn({ deliveryId, channel, account, route }, "attempt whose process is gone: its outcome is unknown");
    deps.metrics.attempts.inc({ channel, route, outcome: "unknown", account });
    if (entered) deps.metrics.deliveries.inc({ channel, route, outcome: "unknown", account });
  }
  if (turnsReady > 0) deps.wake.signal("claim");
  if (attemptsUnknown.length > 0) deps.wake.signal("send");
}
