import type { AccountStatus } from "../../core/account.ts";
import type { AccountKey } from "../../core/conversation.ts";
import type { DueDeliveries } from "../attempt.ts";
import { runTogether } from "../run-together.ts";
import { statement } from "../statement.ts";
import type { Due } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { isBlocked } from "./parts/blocked.ts";
import { isOpen } from "./parts/open-delivery.ts";

interface Select {
  accountKey: AccountKey;
  now: number;
  unknownSince: number;
  limit: number;
}

interface AccountRow {
  status: AccountStatus;
  slow_until: number;
  probe_until: number | null;
}

const SELECT_ACCOUNT = statement<{ accountKey: AccountKey }, AccountRow>(
  "SELECT status, slow_until, probe_until FROM account WHERE channel || '/' || account = :accountKey",
);

const SELECT = statement<Select, { delivery_id: string }>(
  (dialect) => `
  SELECT d.delivery_id FROM delivery AS d
  WHERE d.of_account = :accountKey AND ${isOpen("d")} AND d.due_at IS NOT NULL AND d.due_at <= :now
    AND NOT ${isBlocked(dialect)}
  ORDER BY d.due_at LIMIT :limit`,
);

/**
 * When the next poll could find a delivery: one becomes due, or a block or a wait for a receipt ends. The conditions that
 * seem redundant let the planner use the partial indexes.
 */
const SELECT_NEXT = statement<{ accountKey: AccountKey; now: number; unknownWaitMs: number }, { at: number | null }>(`
  SELECT min(at) AS at FROM (
    SELECT min(due_at) AS at FROM delivery
    WHERE of_account = :accountKey AND ${isOpen("delivery")} AND due_at IS NOT NULL AND due_at > :now
    UNION ALL SELECT min(awaited_until) FROM delivery WHERE awaited_until > :now
    UNION ALL SELECT min(unknown_since) + CAST(:unknownWaitMs AS BIGINT) FROM delivery
    WHERE state = 'unknown' AND state NOT IN ('sending', 'sent') AND discarded_at IS NULL AND due_at IS NOT NULL
      AND unknown_since > :now - CAST(:unknownWaitMs AS BIGINT)) AS times`);

/** Of an account that resumes the first is tried, or the next where that one can't be sent now. */
const PROBES = 5;

/** Of one account, so that what another holds back is not walked over. */
export async function dueDeliveries(
  tx: Transaction,
  { accountKey, limit, unknownWaitMs }: DueDeliveries,
): Promise<Due<string>> {
  const now = tx.now();
  const [row, due, first] = await runTogether([
    tx.get(SELECT_ACCOUNT, { accountKey }),
    tx.all(SELECT, { accountKey, now, unknownSince: now - unknownWaitMs, limit }),
    tx.get(SELECT_NEXT, { accountKey, now, unknownWaitMs }),
  ]);
  const { status = "working", slow_until: slowUntil = 0, probe_until: probeUntil = null } = row ?? {};
  if (status === "stopped") return { due: [], nextInMs: null };
  const heldUntil = Math.max(slowUntil, status === "resuming" ? (probeUntil ?? 0) : 0);
  if (heldUntil > now) return { due: [], nextInMs: heldUntil - now };
  const next = first?.at ?? null;
  const found = due.map((one) => one.delivery_id);
  return {
    due: status === "resuming" ? found.slice(0, PROBES) : found,
    nextInMs: next === null ? null : Math.max(0, next - now),
  };
}
