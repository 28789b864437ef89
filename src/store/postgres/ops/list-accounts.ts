import type { AccountState } from "../../operator.ts";
import { type AccountRow, toAccount } from "../../operator-rows.ts";
import type { Context } from "./context.ts";

/** Accounts that have taken something in: keys outlive everything else, and are ordered by account. */
export function prepareAccounts({ db }: Context) {
  const selectNext = db.prepare<[string, string], { channel: string; account: string }>(`
    SELECT channel, account FROM dedup_key WHERE (channel, account) > ($1, $2) ORDER BY channel, account LIMIT 1`);

  return async function accounts(): Promise<{ channel: string; account: string }[]> {
    const found: { channel: string; account: string }[] = [];
    for (let next = await selectNext.get("", ""); next !== undefined; ) {
      found.push(next);
      next = await selectNext.get(next.channel, next.account);
    }
    return found;
  };
}

export function prepareListAccounts(context: Context) {
  const { db, clock } = context;
  const accounts = prepareAccounts(context);
  const selectState = db.prepare<[string, string], AccountRow>(
    "SELECT channel, account, stopped_reason, stopped_at, slow_until FROM account WHERE channel = $1 AND account = $2",
  );
  const working = { stopped_reason: null, stopped_at: null, slow_until: null };

  return async function listAccounts(): Promise<readonly AccountState[]> {
    const now = clock.now();
    const states: AccountState[] = [];
    for (const of of await accounts()) {
      states.push(toAccount((await selectState.get(of.channel, of.account)) ?? { ...of, ...working }, now));
    }
    return states;
  };
}
