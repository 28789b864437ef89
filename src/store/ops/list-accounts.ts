import { accountKeyOf } from "../../core/conversation.ts";
import { WAITING_COUNT_MAX } from "../../core/waiting.ts";
import { type AccountState, workingAccount } from "../operator.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { isOpen } from "./parts/open-delivery.ts";
import { type AccountRow, toAccount } from "./parts/operator-rows.ts";

interface Account {
  channel: string;
  account: string;
}

const SELECT_NEXT = statement<Account, Account>(`
  SELECT channel, account FROM dedup_key WHERE (channel, account) > (:channel, :account)
  ORDER BY channel, account LIMIT 1`);

// A bounded count, as in ops/count-waiting.ts.
const SELECT_STATES = statement<Readonly<Record<never, never>>, AccountRow>(`
  SELECT channel, account, status, stopped_reason, stopped_at, check_at, checks, check_reason, slow_until,
         quota_exhausted_at, template_refused_reason, template_refused_at, receipt_run, receipt_last_at, receipt_watched_at,
         CASE WHEN status = 'working' THEN 0 ELSE
           (SELECT count(*) FROM (SELECT 1 FROM delivery AS d
                                  WHERE d.of_account = account.channel || '/' || account.account AND ${isOpen("d")}
                                    AND d.due_at IS NOT NULL AND d.state = 'pending'
                                  LIMIT ${WAITING_COUNT_MAX}) AS counted) END AS waiting
  FROM account`);

export async function listAccounts(tx: Transaction): Promise<readonly AccountState[]> {
  const now = tx.now();
  const [rows, known] = await Promise.all([tx.all(SELECT_STATES, {}), knownAccounts(tx)]);
  const states = new Map(known.map((one) => [accountKeyOf(one), workingAccount(one.channel, one.account)]));
  // Retention deletes keys, and an account may be stopped for longer.
  for (const row of rows) states.set(accountKeyOf(row), toAccount(row, now));
  return [...states].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state);
}

/** Accounts that have received an event: dedup keys outlive all other rows, and are ordered by account. */
export async function knownAccounts(tx: Transaction): Promise<Account[]> {
  const found: Account[] = [];
  for (let next = await tx.get(SELECT_NEXT, { channel: "", account: "" }); next !== undefined; ) {
    found.push(next);
    next = await tx.get(SELECT_NEXT, next);
  }
  return found;
}
