import type { Settlement } from "../../core/delivery.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

const SLOW = statement<{ channel: string; account: string; slowUntil: number }>(
  ({ greatest }) => `
  INSERT INTO account AS a (channel, account, slow_until) VALUES (:channel, :account, :slowUntil)
  ON CONFLICT (channel, account) DO UPDATE SET slow_until = ${greatest("a.slow_until", "excluded.slow_until")}`,
);

const STOP = statement<{ channel: string; account: string; reason: string; now: number }>(`
  INSERT INTO account (channel, account, stopped_reason, stopped_at) VALUES (:channel, :account, :reason, :now)
  ON CONFLICT (channel, account) DO UPDATE SET stopped_reason = excluded.stopped_reason, stopped_at = excluded.stopped_at`);

/** Part of `settleAttempt`: the account is rate limited, or stopped until an operator acts. */
export async function updateAccount(
  tx: Transaction,
  { channel, account }: { readonly channel: string; readonly account: string },
  { slowAccountUntil, stopAccount }: Settlement,
  now: number,
): Promise<void> {
  if (slowAccountUntil !== null) await tx.run(SLOW, { channel, account, slowUntil: slowAccountUntil });
  if (stopAccount !== null) await tx.run(STOP, { channel, account, reason: stopAccount, now });
}
