import type { RecordedAction } from "../../operator-transcript.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { ACTION_COLUMNS, type ActionRow } from "./operator-rows.ts";

/* The audit log of operator actions. An action is found again by its id, so it is done once. */

const SELECT = statement<{ itemId: string; actionId: string }, ActionRow>(
  `SELECT ${ACTION_COLUMNS} FROM operator_action AS o WHERE o.item_id = :itemId AND o.action_id = :actionId`,
);

const INSERT = statement<{
  itemId: string;
  actionId: string;
  item: string;
  conversationId: string | null;
  actor: string;
  action: string;
  from: string;
  to: string;
  now: number;
}>(`
  INSERT INTO operator_action (item_id, action_id, item, conversation_id, actor, action, from_state, to_state, at)
  VALUES (:itemId, :actionId, :item, :conversationId, :actor, :action, :from, :to, :now)`);

/** The action of that id on that item, if it was done before. */
export function earlierAction(tx: Transaction, itemId: string, actionId: string): Promise<ActionRow | undefined> {
  return tx.get(SELECT, { itemId, actionId });
}

export async function recordAction(tx: Transaction, { id: itemId, at: now, ...action }: RecordedAction): Promise<void> {
  await tx.run(INSERT, { itemId, now, ...action });
}
