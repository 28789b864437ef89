import type { WaitingItem } from "../operator.ts";
import {
  type DeliveryItemRow,
  TURN_ITEM_COLUMNS,
  type TurnItemRow,
  toDeliveryItem,
  toTurnItem,
} from "../operator-rows.ts";
import { CONVERSATION_COLUMNS } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { IS_HELD_UP, JOIN_ACCOUNT } from "./blocked.ts";

export const SELECT_TURN_ITEM = `
  SELECT ${TURN_ITEM_COLUMNS}, ${CONVERSATION_COLUMNS}
  FROM turn AS t JOIN conversation AS c USING (conversation_id)`;

/** `bundled_into` counts only while that delivery isn't settled or deleted. */
export const SELECT_DELIVERY_ITEM = `
  SELECT d.delivery_id, d.turn_id, d.state,
         CASE WHEN d.state = 'pending' THEN d.created_at ELSE d.state_since END AS since, d.reason, d.attempts,
         d.attempts - d.retry_baseline_attempt AS failures, d.route, d.due_at,
         d.discarded_at, ${CONVERSATION_COLUMNS}, ${IS_HELD_UP} AS is_held_up,
         EXISTS (SELECT 1 FROM attempt AS t WHERE t.delivery_id = d.delivery_id AND t.attempt > d.retry_baseline_attempt
                                              AND t.outcome = 'unknown') AS uncertain,
         (SELECT u.delivery_id FROM delivery AS u
          WHERE u.delivery_id = d.bundled_into AND u.state NOT IN ('sent', 'dead')) AS bundled_into
  FROM delivery AS d ${JOIN_ACCOUNT}`;

const SELECT_TURN = statement<{ turnId: string }, TurnItemRow>(`${SELECT_TURN_ITEM} WHERE t.turn_id = :turnId`);

const SELECT_DELIVERY = statement<{ deliveryId: string }, DeliveryItemRow>(
  `${SELECT_DELIVERY_ITEM} WHERE d.delivery_id = :deliveryId`,
);

/** One turn or delivery, for lists and for operator actions. */
export async function itemOf(tx: Transaction, id: string): Promise<WaitingItem | null> {
  const turn = await tx.get(SELECT_TURN, { turnId: id });
  if (turn !== undefined) return toTurnItem(turn);
  const delivery = await tx.get(SELECT_DELIVERY, { deliveryId: id });
  return delivery === undefined ? null : toDeliveryItem(delivery);
}
