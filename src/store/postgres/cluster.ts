import { OWNER_LEASE_MS } from "../../core/lease.ts";
import { statement } from "../statement.ts";
import type { Cluster } from "../transaction.ts";
import { IS_OWNER_DEAD } from "./dialect.ts";
import type { Transactions } from "./transactions.ts";

/*
 * Heartbeats of the processes that share this store; their states are drawn in `core/lease.ts`. Rows and no advisory locks:
 * a lock belongs to a connection, which a pooler may give to another client, and not every database has them.
 */

const UPSERT = statement<{ owner: string; expiresAt: number; version: string | null }>(`
  INSERT INTO owner (owner, expires_at, version) VALUES (:owner, :expiresAt, :version)
  ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at, version = excluded.version`);

const LISTED_MAX = 1_000;

// In the order of the primary key, so that no more is read than is listed.
const SELECT_NODES = statement<{ limit: number }, { owner: string; expires_at: number; version: string | null }>(
  "SELECT owner, expires_at, version FROM owner ORDER BY owner LIMIT :limit",
);

const DEREGISTER = statement<{ owner: string }>("UPDATE owner SET expires_at = 0 WHERE owner = :owner");

const SELECT_DEAD = statement<{ now: number; limit: number }, { owner: string }>(`
  SELECT o.owner FROM owner AS o CROSS JOIN probe
  WHERE ${IS_OWNER_DEAD} LIMIT :limit`);

// Only run when an owner is dead, and scans what is leased or sending at that moment: an index by owner would cost every
// message two entries.
const SELECT_TURNS = statement<{ owners: readonly string[]; limit: number }, { turn_id: string }>(
  ({ isIn }) => `SELECT turn_id FROM turn WHERE state = 'leased' AND ${isIn("owner", ":owners")} LIMIT :limit`,
);

const SELECT_CALLS = statement<{ owners: readonly string[]; limit: number }, { delivery_id: string }>(
  ({ isIn }) => `SELECT delivery_id FROM delivery WHERE state = 'sending' AND ${isIn("owner", ":owners")} LIMIT :limit`,
);

const REMOVE = statement<{ owners: readonly string[]; now: number }>(
  ({ isIn }) => `
  DELETE FROM owner AS o WHERE ${isIn("o.owner", ":owners")} AND o.expires_at <= :now
    AND NOT EXISTS (SELECT 1 FROM turn WHERE state = 'leased' AND turn.owner = o.owner)
    AND NOT EXISTS (SELECT 1 FROM delivery WHERE state = 'sending' AND delivery.owner = o.owner)`,
);

/** `heartbeats` has its own connection: a process with a busy pool must not count as dead. */
export function createCluster(transactions: Transactions, heartbeats: Transactions): Cluster {
  return {
    heartbeat: (owner, version) =>
      heartbeats.write(null, async (tx, { clock }) => {
        await clock.keepTime();
        await tx.run(UPSERT, { owner, expiresAt: tx.now() + OWNER_LEASE_MS, version });
        return OWNER_LEASE_MS;
      }),

    deregister: (owner) =>
      heartbeats.write(null, async (tx) => {
        await tx.run(DEREGISTER, { owner });
      }),

    listNodes: () =>
      transactions.read(async (tx) => {
        const now = tx.now();
        const rows = await tx.all(SELECT_NODES, { limit: LISTED_MAX });
        return rows.map(({ owner, expires_at: until, version }) => ({
          owner,
          // One that deregisters sets it to 0.
          aliveUntil: until > 0 ? until : null,
          isAlive: until > now,
          version,
        }));
      }),

    keepTime: () => transactions.write(null, (_, { clock }) => clock.keepTime()),

    findDead: (limit) =>
      transactions.read(async (tx) => {
        const owners = (await tx.all(SELECT_DEAD, { now: tx.now(), limit })).map((row) => row.owner);
        if (owners.length === 0) return { owners, turnIds: [], deliveryIds: [] };
        const turns = await tx.all(SELECT_TURNS, { owners, limit });
        const deliveries = await tx.all(SELECT_CALLS, { owners, limit });
        return {
          owners,
          turnIds: turns.map((row) => row.turn_id),
          deliveryIds: deliveries.map((row) => row.delivery_id),
        };
      }),

    remove: (owners) =>
      transactions.write(null, async (tx) => {
        await tx.run(REMOVE, { owners, now: tx.now() });
      }),
  };
}
