import { judge } from "../../../core/operator-action.ts";
import type { Operated, OperatorOrder, WaitingItem } from "../../operator.ts";
import { ACTION_COLUMNS, type ActionRow } from "../../operator-rows.ts";
import { subjectOf } from "../../operator-subject.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareItemFacts } from "./item-facts.ts";
import { prepareOperateDelivery } from "./operate-delivery.ts";
import { prepareOperateTurn } from "./operate-turn.ts";

type Done = Operated & { readonly kind: "done" };

export function prepareOperate(context: Context) {
  const { db, clock } = context;
  const itemOf = prepareItemFacts(context);
  const operateTurn = prepareOperateTurn(context);
  const operateDelivery = prepareOperateDelivery(context);
  const selectEarlier = db.prepare<[...Key, string], ActionRow>(
    `SELECT ${ACTION_COLUMNS} FROM operator_action AS o WHERE o.slot = $1 AND o.item_id = $2 AND o.action_id = $3`,
  );
  const insert = db.prepare<[...Key, ...unknown[]]>(`
    INSERT INTO operator_action (slot, item_id, action_id, item, conversation_id, actor, action, from_state, to_state,
                                 at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`);

  async function record(order: OperatorOrder, { item, from, to, conversation }: Done, now: number): Promise<void> {
    const { id, actionId, actor, action } = order;
    await insert.run(...keyOf(id), actionId, item, conversation.conversationId, actor, action, from, to, now);
  }

  return async function operate(order: OperatorOrder): Promise<Operated> {
    const item = await itemOf(order.id);
    if (item === null) return { kind: "no-such-item" };
    const earlier = await selectEarlier.get(...keyOf(order.id), order.actionId);
    if (earlier !== undefined) {
      if (earlier.action !== order.action) return { kind: "other-action", action: earlier.action };
      return { ...doneTo(item), from: earlier.from_state, to: earlier.to_state, isRepeated: true };
    }
    const verdict = judge(subjectOf(item), order.action, order.force ?? false);
    if (verdict.kind === "refused") return { ...verdict, state: item.state };
    const now = clock.now();
    if (item.kind === "turn") await operateTurn(item, order.action, now);
    else await operateDelivery(item, order.action, now);
    const done: Done = { ...doneTo(item), from: item.state, to: verdict.to, isRepeated: false };
    await record(order, done, now);
    return done;
  };
}

function doneTo(item: WaitingItem) {
  const route = item.kind === "delivery" ? item.route : null;
  return { kind: "done", item: item.kind, conversation: item.conversation, route } as const;
}
