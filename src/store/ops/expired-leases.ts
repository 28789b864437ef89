import type { RetryPolicy } from "../../core/retry.ts";
import { statement } from "../statement.ts";
import type { FailedTurn, Unsettled } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { failTurn } from "./fail-turn.ts";
import { markUnknown, SELECT_SENDING, type SendingRow } from "./mark-unknown.ts";

/*
 * Several conversations, and so several transactions: `findExpired` reads the expired leases, and each is ended in its own
 * transaction if it is still expired.
 */

export interface RetryWith {
  readonly retry: RetryPolicy;
  readonly random: number;
}

const FIND_TURNS = statement<{ now: number; limit: number }, { turn_id: string }>(
  "SELECT turn_id FROM turn WHERE state = 'leased' AND lease_expires_at <= :now LIMIT :limit",
);

const FIND_SENDING = statement<{ now: number; limit: number }, { delivery_id: string }>(
  "SELECT delivery_id FROM delivery WHERE state = 'sending' AND lease_expires_at <= :now LIMIT :limit",
);

const SELECT_TURN = statement<{ turnId: string; now: number }, { fence: number }>(
  "SELECT fence FROM turn WHERE turn_id = :turnId AND state = 'leased' AND lease_expires_at <= :now",
);

const SELECT_CALL = statement<{ deliveryId: string; now: number }, SendingRow>(
  `${SELECT_SENDING} AND d.delivery_id = :deliveryId AND d.lease_expires_at <= :now`,
);

export async function findExpired(
  tx: Transaction,
  limit: number,
): Promise<{ readonly turnIds: readonly string[]; readonly deliveryIds: readonly string[] }> {
  const now = tx.now();
  const [turns, deliveries] = await Promise.all([
    tx.all(FIND_TURNS, { now, limit }),
    tx.all(FIND_SENDING, { now, limit }),
  ]);
  return { turnIds: turns.map((row) => row.turn_id), deliveryIds: deliveries.map((row) => row.delivery_id) };
}

export async function endExpiredTurn(
  tx: Transaction,
  turnId: string,
  { retry, random }: RetryWith,
): Promise<FailedTurn | null> {
  const row = await tx.get(SELECT_TURN, { turnId, now: tx.now() });
  if (row === undefined) return null;
  const failure = { kind: "retry", reason: "the lease ran out", retryAfterMs: 0 } as const;
  return await failTurn(tx, { turnId, fence: row.fence, retry, random, failure });
}

export async function endExpiredCall(tx: Transaction, deliveryId: string, how: RetryWith): Promise<Unsettled | null> {
  const row = await tx.get(SELECT_CALL, { deliveryId, now: tx.now() });
  return row === undefined ? null : await markUnknown(tx, row, how);
}
