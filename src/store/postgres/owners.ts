import { OWNER_LEASE_MS, STEADY_MS } from "../../core/lease.ts";
import type { Context } from "./ops/context.ts";

/** What the dead have left, and who they are. */
export interface Left {
  readonly owners: readonly string[];
  readonly turnIds: readonly string[];
  readonly deliveryIds: readonly string[];
}

/** SQL that is true for a row `of` (a turn or a delivery) whose owner has been silent for too long by `now`. */
export function isSilent(of: string, now: string): string {
  return `EXISTS (SELECT 1 FROM owner AS o WHERE o.owner = ${of}.owner AND o.expires_at <= ${now})`;
}

/**
 * The processes that share this store; their states are drawn in `core/lease.ts`. Rows and no advisory locks: a lock goes
 * with its connection, which a pooler in between may give to somebody else, and not every database has them.
 */
export function prepareOwners({ db, clock }: Context) {
  const beat = db.prepare<[string, number]>(`
    INSERT INTO owner (owner, expires_at) VALUES ($1, $2)
    ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at`);
  const withdraw = db.prepare<[string]>("UPDATE owner SET expires_at = 0 WHERE owner = $1");
  const selectDead = db.prepare<[number, number], { owner: string }>(`
    SELECT o.owner FROM owner AS o CROSS JOIN probe
    WHERE o.expires_at = 0 OR (o.expires_at <= $1 AND probe.steady_since <= $1 - ${STEADY_MS}) LIMIT $2`);
  // Looked for only when somebody has died, among what is leased or sent at that moment: an index by owner would cost
  // every message two entries.
  const selectTurns = db.prepare<[readonly string[], number], { turn_id: string }>(
    "SELECT turn_id FROM turn WHERE state = 'leased' AND owner = ANY ($1) LIMIT $2",
  );
  const selectCalls = db.prepare<[readonly string[], number], { delivery_id: string }>(
    "SELECT delivery_id FROM delivery WHERE state = 'sending' AND owner = ANY ($1) LIMIT $2",
  );
  const remove = db.prepare<[readonly string[], number]>(`
    DELETE FROM owner AS o WHERE o.owner = ANY ($1) AND o.expires_at <= $2
      AND NOT EXISTS (SELECT 1 FROM turn WHERE state = 'leased' AND turn.owner = o.owner)
      AND NOT EXISTS (SELECT 1 FROM delivery WHERE state = 'sending' AND delivery.owner = o.owner)`);

  return {
    /** Gives for how long (ms) the owner counts as living. */
    async beat(owner: string): Promise<number> {
      await clock.keepTime();
      await beat.run(owner, clock.now() + OWNER_LEASE_MS);
      return OWNER_LEASE_MS;
    },

    async withdraw(owner: string): Promise<void> {
      await withdraw.run(owner);
    },

    async findDead(limit: number): Promise<Left> {
      const owners = (await selectDead.all(clock.now(), limit)).map((row) => row.owner);
      if (owners.length === 0) return { owners, turnIds: [], deliveryIds: [] };
      const turns = await selectTurns.all(owners, limit);
      const deliveries = await selectCalls.all(owners, limit);
      return {
        owners,
        turnIds: turns.map((row) => row.turn_id),
        deliveryIds: deliveries.map((row) => row.delivery_id),
      };
    },

    /** Those of them that are still silent, and of whom nothing is left. */
    async remove(owners: readonly string[]): Promise<void> {
      await remove.run(owners, clock.now());
    },
  };
}

export type Owners = ReturnType<typeof prepareOwners>;
