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

const REFUSE_TEMPLATE = statement<{ channel: string; account: string; reason: string; now: number }>(`
  INSERT INTO account (channel, account, template_refused_reason, template_refused_at)
  VALUES (:channel, :account, :reason, :now)
  ON CONFLICT (channel, account) DO UPDATE SET template_refused_reason = excluded.template_refused_reason,
                                               template_refused_at = excluded.template_refused_at`);

const ACCEPT_TEMPLATE = statement<{ channel: string; account: string }>(`
  UPDATE account SET template_refused_reason = NULL, template_refused_at = NULL
  WHERE channel = :channel AND account = :account AND template_refused_at IS NOT NULL`);

/** Part of `settleAttempt`: the account's own template was accepted. */
export async function acceptTemplate(
  tx: Transaction,
  { channel, account }: { readonly channel: string; readonly account: string },
): Promise<void> {
  await tx.run(ACCEPT_TEMPLATE, { channel, account });
}

/** Part of `settleAttempt`: the account is rate limited, or stopped until an operator acts. */
export async function updateAccount(
  tx: Transaction,
  { channel, account }: { readonly channel: string; readonly account: string },
  { slowAccountUntil, stopAccount, templateRefused }: Settlement,
  now: number,
): Promise<void> {
  if (slowAccountUntil !== null) await tx.run(SLOW, { channel, account, slowUntil: slowAccountUntil });
  if (stopAccount !== null) await tx.run(STOP, { channel, account, reason: stopAccount, now });
  if (templateRefused !== null) await tx.run(REFUSE_TEMPLATE, { channel, account, reason: templateRefused, now });
}
