import type { WaitingItem } from "../../operator.ts";
import {
  type DeliveryItemRow,
  TURN_ITEM_COLUMNS,
  type TurnItemRow,
  toDeliveryItem,
  toTurnItem,
} from "../../operator-rows.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { CONVERSATION_COLUMNS } from "./rows.ts";

export const SELECT_TURN_ITEM = `
  SELECT ${TURN_ITEM_COLUMNS}, ${CONVERSATION_COLUMNS}
  FROM turn AS t JOIN conversation AS c USING (slot, conversation_id)`;

/** What rides on a delivery that has ended, or is gone, rides no more. */
export const SELECT_DELIVERY_ITEM = `
  SELECT d.delivery_id, d.turn_id, d.state, d.state_since AS since, d.reason, d.attempts, d.route, d.due_at,
         d.discarded_at, ${CONVERSATION_COLUMNS},
         EXISTS (SELECT 1 FROM attempt AS a WHERE a.slot = d.slot AND a.delivery_id = d.delivery_id AND a.attempt > d.begun_anew_after
                                              AND a.outcome = 'unknown') AS uncertain,
         (SELECT u.delivery_id FROM delivery AS u
          WHERE u.slot = d.slot AND u.delivery_id = d.carrier_id AND u.state NOT IN ('sent', 'dead')) AS rides_on
  FROM delivery AS d JOIN conversation AS c ON c.slot = d.slot AND c.conversation_id = d.conversation_id`;

/** One turn or delivery, as lists show it and as actions are decided on. */
export function prepareItemFacts({ db }: Context) {
  const selectTurn = db.prepare<Key, TurnItemRow>(`${SELECT_TURN_ITEM} WHERE t.slot = $1 AND t.turn_id = $2`);
  const selectDelivery = db.prepare<Key, DeliveryItemRow>(
    `${SELECT_DELIVERY_ITEM} WHERE d.slot = $1 AND d.delivery_id = $2`,
  );

  return async function itemOf(id: string): Promise<WaitingItem | null> {
    const turn = await selectTurn.get(...keyOf(id));
    if (turn !== undefined) return toTurnItem(turn);
    const delivery = await selectDelivery.get(...keyOf(id));
    return delivery === undefined ? null : toDeliveryItem(delivery);
  };
}
