import { ACCOUNT_CHECKS, type AccountHealth } from "../../core/account.ts";
import { backoffMs } from "../../core/retry.ts";
import { statement } from "../statement.ts";
import type { AccountCheck, DueAccountCheck } from "../store.ts";
import type { Transaction } from "../transaction.ts";

/*
 * How a stopped account is asked about and started again. Of several processes one takes each check, by the condition on its
 * row; all see the state that it leads to.
 */

interface Account {
  channel: string;
  account: string;
}

const RESUME_ALL = statement<{ now: number }>(`
  UPDATE account SET status = 'resuming', stopped_reason = NULL, stopped_at = NULL, started_at = :now, check_at = NULL
  WHERE status = 'stopped'`);

/** `checks`: only if no other check was taken meanwhile. */
const RESUME = statement<Account & { now: number; checks: number | null }>(`
  UPDATE account SET status = 'resuming', stopped_reason = NULL, stopped_at = NULL, started_at = :now, check_at = NULL
  WHERE channel = :channel AND account = :account AND status = 'stopped'
    AND (CAST(:checks AS BIGINT) IS NULL OR checks = :checks)`);

const SELECT_DUE = statement<Readonly<Record<never, never>>, DueRow>(`
  SELECT channel, account, check_at, checks FROM account WHERE status = 'stopped' AND check_at IS NOT NULL
  ORDER BY check_at`);

interface DueRow extends Account {
  check_at: number;
  checks: number;
}

const TAKE = statement<Account & { now: number; nextAt: number; checks: number }>(`
  UPDATE account SET checks = checks + 1, check_at = :nextAt
  WHERE channel = :channel AND account = :account AND status = 'stopped' AND check_at <= :now AND checks = :checks`);

const RECORD = statement<Account & { checks: number; reason: string }>(`
  UPDATE account SET check_reason = :reason
  WHERE channel = :channel AND account = :account AND status = 'stopped' AND checks = :checks`);

/** Resolves to `false` where the account isn't stopped, or another check was taken meanwhile. */
export async function resume(tx: Transaction, of: Account & { now: number; checks: number | null }): Promise<boolean> {
  return (await tx.run(RESUME, of)).changes === 1;
}

/** At the start of a process, which may have another token: each is tried by one delivery. */
export async function resumeAll(tx: Transaction): Promise<void> {
  await tx.run(RESUME_ALL, { now: tx.now() });
}

export async function dueAccountChecks(tx: Transaction): Promise<readonly DueAccountCheck[]> {
  const now = tx.now();
  const rows = await tx.all(SELECT_DUE, {});
  return rows.map(({ channel, account, check_at: at, checks }) => ({
    channel,
    account,
    checks,
    inMs: Math.max(0, at - now),
  }));
}

export async function takeAccountCheck(
  tx: Transaction,
  { channel, account, checks, random }: Account & { readonly checks: number; readonly random: number },
): Promise<AccountCheck | null> {
  const now = tx.now();
  const nextAt = now + backoffMs(checks + 2, ACCOUNT_CHECKS, random);
  const taken = await tx.run(TAKE, { channel, account, checks, now, nextAt });
  return taken.changes === 1 ? { channel, account, number: checks + 1 } : null;
}

/** Of a check that was overtaken by another, or by a start, nothing is recorded. */
export async function recordAccountCheck(
  tx: Transaction,
  { channel, account, number, health }: AccountCheck & { readonly health: AccountHealth },
): Promise<"resumed" | "still-stopped"> {
  if (health.kind === "refused" || health.kind === "unreachable") {
    await tx.run(RECORD, { channel, account, checks: number, reason: health.reason });
    return "still-stopped";
  }
  const resumed = await resume(tx, { channel, account, now: tx.now(), checks: number });
  return resumed ? "resumed" : "still-stopped";
}
