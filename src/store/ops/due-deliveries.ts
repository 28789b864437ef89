import type { DueDeliveries } from "../attempt.ts";
import { pipelined } from "../pipelined.ts";
import { statement } from "../statement.ts";
import type { Due } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { isBlocked } from "./blocked.ts";
import { isOpen } from "./open-delivery.ts";

interface Select {
  account: string;
  now: number;
  unknownSince: number;
  limit: number;
}

interface AccountRow {
  stopped_at: number | null;
  slow_until: number;
}

const SELECT_ACCOUNT = statement<{ account: string }, AccountRow>(
  "SELECT stopped_at, slow_until FROM account WHERE channel || '/' || account = :account",
);

const SELECT = statement<Select, { delivery_id: string }>(
  (dialect) => `
  SELECT d.delivery_id FROM delivery AS d
  WHERE d.of_account = :account AND ${isOpen("d")} AND d.due_at IS NOT NULL AND d.due_at <= :now
    AND NOT ${isBlocked(dialect)}
  ORDER BY d.due_at LIMIT :limit`,
);

/**
 * When the next poll could find a delivery: one becomes due, or a block or a wait for a receipt ends. The conditions that
 * seem redundant let the planner use the partial indexes.
 */
const SELECT_NEXT = statement<{ account: string; now: number; unknownHoldMs: number }, { at: number | null }>(`
  SELECT min(at) AS at FROM (
    SELECT min(due_at) AS at FROM delivery
    WHERE of_account = :account AND ${isOpen("delivery")} AND due_at IS NOT NULL AND due_at > :now
    UNION ALL SELECT min(awaited_until) FROM delivery WHERE awaited_until > :now
    UNION ALL SELECT min(unknown_since) + CAST(:unknownHoldMs AS BIGINT) FROM delivery
    WHERE state = 'unknown' AND state NOT IN ('sending', 'sent') AND discarded_at IS NULL AND due_at IS NOT NULL
      AND unknown_since > :now - CAST(:unknownHoldMs AS BIGINT)) AS times`);

/** Of one account, so that what another holds back is not walked over. */
export async function dueDeliveries(
  tx: Transaction,
  { account, limit, unknownHoldMs }: DueDeliveries,
): Promise<Due<string>> {
  const now = tx.now();
  const [row, due, first] = await pipelined([
    tx.get(SELECT_ACCOUNT, { account }),
    tx.all(SELECT, { account, now, unknownSince: now - unknownHoldMs, limit }),
    tx.get(SELECT_NEXT, { account, now, unknownHoldMs }),
  ]);
  const { stopped_at: stoppedAt = null, slow_until: slowUntil = 0 } = row ?? {};
  if (stoppedAt !== null) return { due: [], nextInMs: null };
  if (slowUntil > now) return { due: [], nextInMs: slowUntil - now };
  const next = first?.at ?? null;
  return { due: due.map((one) => one.delivery_id), nextInMs: next === null ? null : Math.max(0, next - now) };
}
