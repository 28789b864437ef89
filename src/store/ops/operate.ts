import type { DeliveryState } from "../../core/delivery.ts";
import { assess, type OperatorAction } from "../../core/operator-action.ts";
import type { TurnState } from "../../core/turn.ts";
import type { Operated, OperatorOrder, WaitingItem } from "../operator.ts";
import { ACTION_COLUMNS, type ActionRow } from "../operator-rows.ts";
import { subjectOf } from "../operator-subject.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { operateDelivery } from "./operate-delivery.ts";
import { operateTurn } from "./operate-turn.ts";
import { itemOf } from "./operator-item.ts";

type Done = Operated & { readonly kind: "done" };

/** Of a turn or a delivery. */
type ItemActionRow = ActionRow & {
  action: OperatorAction;
  from_state: TurnState | DeliveryState;
  to_state: TurnState | DeliveryState;
};

const SELECT_EARLIER = statement<{ itemId: string; actionId: string }, ItemActionRow>(
  `SELECT ${ACTION_COLUMNS} FROM operator_action AS o WHERE o.item_id = :itemId AND o.action_id = :actionId`,
);

interface NewAction {
  itemId: string;
  actionId: string;
  item: string;
  conversationId: string;
  actor: string;
  action: string;
  from: string;
  to: string;
  now: number;
}

const INSERT = statement<NewAction>(`
  INSERT INTO operator_action (item_id, action_id, item, conversation_id, actor, action, from_state, to_state, at)
  VALUES (:itemId, :actionId, :item, :conversationId, :actor, :action, :from, :to, :now)`);

export async function operate(tx: Transaction, order: OperatorOrder): Promise<Operated> {
  const item = await itemOf(tx, order.id);
  if (item === null) return { kind: "no-such-item" };
  const earlier = await tx.get(SELECT_EARLIER, { itemId: order.id, actionId: order.actionId });
  if (earlier !== undefined) {
    if (earlier.action !== order.action) return { kind: "other-action", action: earlier.action };
    return { ...doneTo(item), from: earlier.from_state, to: earlier.to_state, isRepeated: true };
  }
  const verdict = assess(subjectOf(item), order.action, order.force ?? false);
  if (verdict.kind === "refused") return { ...verdict, state: item.state };
  const now = tx.now();
  if (item.kind === "turn") await operateTurn(tx, item, order.action, now);
  else await operateDelivery(tx, item, order.action, now);
  const done: Done = { ...doneTo(item), from: item.state, to: verdict.to, isRepeated: false };
  await record(tx, order, done, now);
  return done;
}

function doneTo(item: WaitingItem) {
  const route = item.kind === "delivery" ? item.route : null;
  return { kind: "done", item: item.kind, conversation: item.conversation, route } as const;
}

async function record(tx: Transaction, order: OperatorOrder, done: Done, now: number): Promise<void> {
  const { id: itemId, actionId, actor, action } = order;
  const { item, from, to, conversation } = done;
  await tx.run(INSERT, {
    itemId,
    actionId,
    item,
    conversationId: conversation.conversationId,
    actor,
    action,
    from,
    to,
    now,
  });
}
