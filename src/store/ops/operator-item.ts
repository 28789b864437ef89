import type { Dialect } from "../dialect.ts";
import type { WaitingItem } from "../operator.ts";
import { CONVERSATION_COLUMNS } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { waitsSince } from "./count-waiting.ts";
import { isBlocked, JOIN_ACCOUNT, WAITS_FOR_ACCOUNT } from "./parts/blocked.ts";
import {
  type DeliveryItemRow,
  TURN_ITEM_COLUMNS,
  type TurnItemRow,
  toDeliveryItem,
  toTurnItem,
} from "./parts/operator-rows.ts";
import { isBehind } from "./ready-turns.ts";

/* Part of `operate`, `listWaiting` and `readItem`: selects an item as operators see it. */

/** The parameters of `selectTurnItem` and `selectDeliveryItem`. */
export interface Moment {
  now: number;
  unknownSince: number;
}

export function momentOf(tx: Transaction, unknownWaitMs: number): Moment {
  const now = tx.now();
  return { now, unknownSince: now - unknownWaitMs };
}

/** SQL up to the conditions, which may be about the turn `t` and its conversation `c`. */
export function selectTurnItem(dialect: Dialect): string {
  return `
  SELECT ${TURN_ITEM_COLUMNS}, ${CONVERSATION_COLUMNS},
         CASE WHEN t.state <> 'ready' THEN NULL WHEN ${isBehind(dialect)} THEN 'behind'
              WHEN t.attempt > 0 AND t.due_at > :now THEN 'back-off' END AS why
  FROM turn AS t JOIN conversation AS c USING (conversation_id)`;
}

/**
 * SQL up to the conditions, which may be about the delivery `d`, its conversation `c` and its account `a`. `bundled_into`
 * counts only while that delivery isn't settled or deleted.
 */
export function selectDeliveryItem(dialect: Dialect): string {
  return `
  SELECT d.delivery_id, d.turn_id, d.state, ${waitsSince("d")} AS since, d.reason, d.attempts,
         d.attempts - d.retry_baseline_attempt AS failures, d.route, d.due_at,
         d.discarded_at, ${CONVERSATION_COLUMNS}, ${WAITS_FOR_ACCOUNT} AS waits_for_account,
         EXISTS (SELECT 1 FROM attempt AS t WHERE t.delivery_id = d.delivery_id AND t.attempt > d.retry_baseline_attempt
                                              AND t.outcome = 'unknown') AS uncertain,
         (SELECT u.delivery_id FROM delivery AS u
          WHERE u.delivery_id = d.bundled_into AND u.state NOT IN ('sent', 'dead')) AS bundled_into,
         CASE WHEN d.due_at IS NULL OR NOT (d.state = 'pending' OR d.state = 'unknown') THEN NULL WHEN ${WAITS_FOR_ACCOUNT} THEN 'stopped'
              WHEN a.slow_until > :now THEN 'slow' WHEN ${isBlocked(dialect)} THEN 'behind'
              WHEN d.attempts > 0 AND d.due_at > :now THEN 'back-off' END AS why
  FROM delivery AS d ${JOIN_ACCOUNT}`;
}

const SELECT_TURN = statement<Moment & { turnId: string }, TurnItemRow>(
  (dialect) => `${selectTurnItem(dialect)} WHERE t.turn_id = :turnId`,
);

const SELECT_DELIVERY = statement<Moment & { deliveryId: string }, DeliveryItemRow>(
  (dialect) => `${selectDeliveryItem(dialect)} WHERE d.delivery_id = :deliveryId`,
);

/** One turn or delivery, for lists and for operator actions. `unknownWaitMs`: see `WaitingQuery`. */
export async function itemOf(tx: Transaction, id: string, unknownWaitMs = 0): Promise<WaitingItem | null> {
  const moment = momentOf(tx, unknownWaitMs);
  const turn = await tx.get(SELECT_TURN, { ...moment, turnId: id });
  if (turn !== undefined) return toTurnItem(turn);
  const delivery = await tx.get(SELECT_DELIVERY, { ...moment, deliveryId: id });
  return delivery === undefined ? null : toDeliveryItem(delivery);
}
