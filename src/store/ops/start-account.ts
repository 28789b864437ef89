import { accountKeyOf } from "../../core/conversation.ts";
import type { AccountOrder, AccountStarted } from "../operator.ts";
import type { Transaction } from "../transaction.ts";
import { resume } from "./account-checks.ts";
import { earlierAction, recordAction } from "./parts/recorded-action.ts";

/** An operator's start, recorded in the audit log and done once under its action id. */
export async function startAccount(tx: Transaction, order: AccountOrder): Promise<AccountStarted> {
  const { channel, account, actionId, actor } = order;
  const id = accountKeyOf(order);
  if ((await earlierAction(tx, id, actionId)) !== undefined) return { kind: "started", isRepeated: true };
  const now = tx.now();
  if (!(await resume(tx, { channel, account, now, checks: null }))) return { kind: "not-stopped" };
  const done = { item: "account", id, conversationId: null, action: "start", from: "stopped", to: "resuming" } as const;
  await recordAction(tx, { at: now, actionId, actor, ...done });
  return { kind: "started", isRepeated: false };
}
