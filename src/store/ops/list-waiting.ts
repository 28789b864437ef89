import type { Page, WaitingItem, WaitingQuery } from "../operator.ts";
import {
  type DeliveryItemRow,
  mergeNewestFirst,
  parseCursor,
  type TurnItemRow,
  toDeliveryItem,
  toTurnItem,
} from "../operator-rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { SELECT_DELIVERY_ITEM, SELECT_TURN_ITEM } from "./operator-item.ts";

interface Query {
  state: string;
  at: number;
  id: string;
  since: number;
  channel: string | null;
  account: string | null;
  conversationId: string | null;
  limit: number;
}

const IS_WANTED = `
  (CAST(:channel AS TEXT) IS NULL OR c.channel = :channel) AND (CAST(:account AS TEXT) IS NULL OR c.account = :account)
  AND (CAST(:conversationId AS TEXT) IS NULL OR c.conversation_id = :conversationId)`;

// A turn waits for an operator in one state only; the parameter is there so that both queries have the same.
const SELECT_TURNS = statement<Query, TurnItemRow>(`
  ${SELECT_TURN_ITEM}
  WHERE t.state = 'dead' AND t.state = :state AND t.discarded_at IS NULL AND t.ended_at >= :since
    AND (t.ended_at, t.turn_id) < (:at, :id) AND ${IS_WANTED}
  ORDER BY t.ended_at DESC, t.turn_id DESC LIMIT :limit`);

const SELECT_DELIVERIES = statement<Query, DeliveryItemRow>(`
  ${SELECT_DELIVERY_ITEM}
  WHERE d.state = :state AND (d.state = 'dead' OR d.state = 'unknown' OR d.state = 'parked') AND d.discarded_at IS NULL AND d.state_since >= :since
    AND (d.state_since, d.delivery_id) < (:at, :id) AND ${IS_WANTED}
  ORDER BY d.state_since DESC, d.delivery_id DESC LIMIT :limit`);

export async function listWaiting(tx: Transaction, query: WaitingQuery): Promise<Page<WaitingItem>> {
  const { kind, states, channel, account, conversationId, since, limit, before } = query;
  const place = parseCursor(before);
  const found: WaitingItem[] = [];
  for (const state of states) {
    const parameters = { state, ...place, since: since ?? 0, channel, account, conversationId, limit: limit + 1 };
    if (kind !== "delivery") found.push(...(await tx.all(SELECT_TURNS, parameters)).map(toTurnItem));
    if (kind !== "turn") found.push(...(await tx.all(SELECT_DELIVERIES, parameters)).map(toDeliveryItem));
  }
  return mergeNewestFirst(found, limit);
}
