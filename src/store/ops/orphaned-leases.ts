import { statement } from "../statement.ts";
import type { FailedTurn, Unsettled } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { failTurn } from "./fail-turn.ts";
import { markUnknown, SELECT_SENDING, type SendingRow } from "./mark-unknown.ts";

/*
 * Leases of ended processes. In a shared store an owner counts as dead only when its heartbeats stopped or its lease
 * expired: `Dialect.isOrphaned`. The end of a process isn't a failure of the agent, so there is no back-off.
 */

/** No back-off for an attempt whose process ended: its reply token is short-lived. */
const AT_ONCE = { baseMs: 1, capMs: 1, maxAttempts: Number.POSITIVE_INFINITY, maxAgeMs: Number.POSITIVE_INFINITY };

/** A turn that was leased when this many processes ended may be crashing them: it waits, so that others go first. */
const SUSPICIOUS = 3;
const SUSPICIOUS_WAIT_MS = 5_000;

interface Query {
  owner: string;
  now: number;
}

// Scans what is leased or sending at that moment: an index by owner would cost every message two entries.
const FIND_TURNS = statement<Query & { limit: number }, { turn_id: string }>(
  ({ isOrphaned }) => `
  SELECT turn_id FROM turn AS t WHERE state = 'leased' AND owner <> :owner AND ${isOrphaned("t")} LIMIT :limit`,
);

const FIND_SENDING = statement<Query & { limit: number }, { delivery_id: string }>(
  ({ isOrphaned }) => `
  SELECT delivery_id FROM delivery AS d WHERE state = 'sending' AND owner <> :owner AND ${isOrphaned("d")} LIMIT :limit`,
);

const SELECT_TURN = statement<Query & { turnId: string }, { fence: number; attempt: number }>(
  ({ isOrphaned }) => `
  SELECT fence, attempt FROM turn AS t
  WHERE turn_id = :turnId AND state = 'leased' AND owner <> :owner AND ${isOrphaned("t")}`,
);

const SELECT_CALL = statement<Query & { deliveryId: string }, SendingRow>(
  ({ isOrphaned }) => `${SELECT_SENDING} AND d.delivery_id = :deliveryId AND d.owner <> :owner AND ${isOrphaned("d")}`,
);

const DUE_NOW = statement<{ deliveryId: string; now: number }>(
  "UPDATE delivery SET due_at = :now WHERE delivery_id = :deliveryId AND due_at IS NOT NULL",
);

/** Orphaned leases of other owners. */
export async function findOrphaned(
  tx: Transaction,
  owner: string,
  limit: number,
): Promise<{ readonly turnIds: readonly string[]; readonly deliveryIds: readonly string[] }> {
  const now = tx.now();
  const [turns, deliveries] = await Promise.all([
    tx.all(FIND_TURNS, { owner, now, limit }),
    tx.all(FIND_SENDING, { owner, now, limit }),
  ]);
  return { turnIds: turns.map((row) => row.turn_id), deliveryIds: deliveries.map((row) => row.delivery_id) };
}

export async function endOrphanedTurn(tx: Transaction, turnId: string, owner: string): Promise<FailedTurn | null> {
  const row = await tx.get(SELECT_TURN, { turnId, owner, now: tx.now() });
  if (row === undefined) return null;
  const failure = { kind: "handed-back", afterMs: row.attempt < SUSPICIOUS ? 0 : SUSPICIOUS_WAIT_MS } as const;
  return await failTurn(tx, { turnId, fence: row.fence, retry: AT_ONCE, random: 0, failure });
}

export async function endOrphanedCall(tx: Transaction, deliveryId: string, owner: string): Promise<Unsettled | null> {
  const row = await tx.get(SELECT_CALL, { deliveryId, owner, now: tx.now() });
  if (row === undefined) return null;
  const left = await markUnknown(tx, row, { retry: AT_ONCE, random: 0 });
  await tx.run(DUE_NOW, { deliveryId, now: tx.now() });
  return left;
}
