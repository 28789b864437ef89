import type { AccountState } from "../operator.ts";
import { type AccountRow, toAccount } from "../operator-rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

interface Account {
  channel: string;
  account: string;
}

const SELECT_NEXT = statement<Account, Account>(`
  SELECT channel, account FROM dedup_key WHERE (channel, account) > (:channel, :account)
  ORDER BY channel, account LIMIT 1`);

const SELECT_STATE = statement<Account, AccountRow>(`
  SELECT channel, account, stopped_reason, stopped_at, slow_until, template_refused_reason, template_refused_at FROM account
  WHERE channel = :channel AND account = :account`);

const WORKING = {
  stopped_reason: null,
  stopped_at: null,
  slow_until: null,
  template_refused_reason: null,
  template_refused_at: null,
};

export async function listAccounts(tx: Transaction): Promise<readonly AccountState[]> {
  const now = tx.now();
  const states: AccountState[] = [];
  for (const account of await knownAccounts(tx)) {
    states.push(toAccount((await tx.get(SELECT_STATE, account)) ?? { ...account, ...WORKING }, now));
  }
  return states;
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
