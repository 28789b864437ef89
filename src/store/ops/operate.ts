import type { DeliveryState } from "../../core/delivery.ts";
import { assess, type ItemAction } from "../../core/operator-action.ts";
import type { TurnState } from "../../core/turn.ts";
import type { Operated, OperatorOrder, WaitingItem } from "../operator.ts";
import { subjectOf } from "../operator-subject.ts";
import type { Transaction } from "../transaction.ts";
import { operateDelivery } from "./operate-delivery.ts";
import { operateTurn } from "./operate-turn.ts";
import { itemOf } from "./operator-item.ts";
import type { ActionRow } from "./parts/operator-rows.ts";
import { earlierAction, recordAction } from "./parts/recorded-action.ts";

type Done = Operated & { readonly kind: "done" };

/** Of a turn or a delivery. */
type ItemActionRow = ActionRow & {
  action: ItemAction;
  from_state: TurnState | DeliveryState;
  to_state: TurnState | DeliveryState;
};

export async function operate(tx: Transaction, order: OperatorOrder): Promise<Operated> {
  const item = await itemOf(tx, order.id);
  if (item === null) return { kind: "no-such-item" };
  const earlier = (await earlierAction(tx, order.id, order.actionId)) as ItemActionRow | undefined;
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
  const { id, actionId, actor, action } = order;
  const { item, from, to, conversation } = done;
  const { conversationId } = conversation;
  await recordAction(tx, { at: now, actionId, actor, action, item, id, conversationId, from, to });
}
