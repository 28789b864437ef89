import type { DueDeliveries } from "../attempt.ts";
import type { Dialect } from "../dialect.ts";
import { isOfAccounts } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Due } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { IS_STOPPED, isBlocked, JOIN_ACCOUNT } from "./blocked.ts";
import { isOpen } from "./open-delivery.ts";

interface Select {
  now: number;
  unknownSince: number;
  limit: number;
}

interface DueRow {
  delivery_id: string;
}

const SELECT = statement<Select, DueRow>((dialect) => dueOf(dialect, ""));

const SELECT_OF_ACCOUNTS = statement<Select & { accounts: readonly string[] }, DueRow>((dialect) =>
  dueOf(dialect, `AND ${isOfAccounts(dialect, ":accounts")}`),
);

function dueOf(dialect: Dialect, condition: string): string {
  return `
  SELECT d.delivery_id FROM delivery AS d ${JOIN_ACCOUNT}
  WHERE ${isOpen("d")} AND d.due_at IS NOT NULL AND d.due_at <= :now
    AND coalesce(a.slow_until, 0) <= :now ${condition} AND NOT (${IS_STOPPED}) AND NOT ${isBlocked(dialect)}
  ORDER BY d.due_at LIMIT :limit`;
}

/**
 * When the next poll could find a delivery: one becomes due, or a rate limit, a block or a wait for a receipt ends. The
 * conditions that seem redundant let the planner use the partial indexes.
 */
const SELECT_NEXT = statement<{ now: number; unknownHoldMs: number }, { at: number | null }>(`
  SELECT min(at) AS at FROM (
    SELECT min(due_at) AS at FROM delivery
    WHERE ${isOpen("delivery")} AND due_at IS NOT NULL AND due_at > :now
    UNION ALL SELECT min(slow_until) FROM account WHERE slow_until > :now
    UNION ALL SELECT min(awaited_until) FROM delivery WHERE awaited_until > :now
    UNION ALL SELECT min(unknown_since) + CAST(:unknownHoldMs AS BIGINT) FROM delivery
    WHERE state = 'unknown' AND state NOT IN ('sending', 'sent') AND discarded_at IS NULL AND due_at IS NOT NULL
      AND unknown_since > :now - CAST(:unknownHoldMs AS BIGINT)) AS times`);

export async function dueDeliveries(
  tx: Transaction,
  { limit, unknownHoldMs, accounts }: DueDeliveries,
): Promise<Due<string>> {
  const now = tx.now();
  const select = { now, unknownSince: now - unknownHoldMs, limit };
  const [rows, first] = await Promise.all([
    accounts === undefined ? tx.all(SELECT, select) : tx.all(SELECT_OF_ACCOUNTS, { ...select, accounts }),
    tx.get(SELECT_NEXT, { now, unknownHoldMs }),
  ]);
  const next = first?.at ?? null;
  return { due: rows.map((row) => row.delivery_id), nextInMs: next === null ? null : Math.max(0, next - now) };
}
