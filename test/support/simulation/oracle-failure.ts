/** What the platform accepted and then didn't bring: whose fault it is that nobody saw it. */
import type { SeedPlatform, Word } from "../../../src/channels/simulation/fixtures/seeds.ts";
import { type DeliveryRow, endOfBundle } from "./rows.ts";

export interface Failures {
  /** Failed without a word that reached anybody, or was refused for good: nobody waits for the bubble. */
  readonly unheard: ReadonlySet<string>;
  /** The platform said for good that the person can't have it. */
  readonly mayBeDead: ReadonlySet<string>;
  /** The platform said that it failed, and it went out again. */
  readonly reopened: ReadonlySet<string>;
}

/** Message undeliverable (Cloud API: Error codes): no other try would bring it. */
const FOR_GOOD = 131026;

export function failures(
  deliveries: readonly DeliveryRow[],
  words: ReadonlyMap<string, readonly Word[]>,
  platform: Pick<SeedPlatform, "failedOf">,
): Failures {
  const unheard = new Set<string>();
  const mayBeDead = new Set<string>();
  const reopened = new Set<string>();
  const byId = new Map(deliveries.map((delivery) => [delivery.delivery_id, delivery]));
  for (const delivery of deliveries) {
    const { delivery_id: id, state } = delivery;
    const called = endOfBundle(delivery, byId);
    const heard = new Map(
      (words.get(called) ?? []).flatMap(({ messageId, code }) => (code === null ? [] : [[messageId, code]])),
    );
    if (heard.size > 0) reopened.add(id);
    if ([...heard.values()].includes(FOR_GOOD)) mayBeDead.add(id);
    const failed = platform.failedOf(called);
    // A word that comes when retention has deleted what it is about finds nothing.
    if (failed > heard.size || mayBeDead.has(id) || (failed > 0 && state === "purged")) unheard.add(id);
  }
  return { unheard, mayBeDead, reopened };
}
