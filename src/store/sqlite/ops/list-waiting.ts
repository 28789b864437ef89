import type { Page, WaitingItem, WaitingQuery } from "../../operator.ts";
import {
  type DeliveryItemRow,
  newestFirst,
  placeOf,
  type TurnItemRow,
  toDeliveryItem,
  toTurnItem,
} from "../../operator-rows.ts";
import type { Context } from "./context.ts";
import { SELECT_DELIVERY_ITEM, SELECT_TURN_ITEM } from "./item-facts.ts";

interface Look {
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
  (:channel IS NULL OR c.channel = :channel) AND (:account IS NULL OR c.account = :account)
  AND (:conversationId IS NULL OR c.conversation_id = :conversationId)`;

export function prepareListWaiting({ db }: Context) {
  // A turn waits for a person in one state only; the parameter keeps both questions alike.
  const selectTurns = db.prepare<[Look], TurnItemRow>(`
    ${SELECT_TURN_ITEM}
    WHERE t.state = 'dead' AND t.state = :state AND t.discarded_at IS NULL AND t.ended_at >= :since
      AND (t.ended_at, t.turn_id) < (:at, :id) AND ${IS_WANTED}
    ORDER BY t.ended_at DESC, t.turn_id DESC LIMIT :limit`);
  const selectDeliveries = db.prepare<[Look], DeliveryItemRow>(`
    ${SELECT_DELIVERY_ITEM}
    WHERE d.state = :state AND d.state IN ('dead', 'unknown', 'parked') AND d.discarded_at IS NULL AND d.state_since >= :since
      AND (d.state_since, d.delivery_id) < (:at, :id) AND ${IS_WANTED}
    ORDER BY d.state_since DESC, d.delivery_id DESC LIMIT :limit`);

  return function listWaiting(query: WaitingQuery): Page<WaitingItem> {
    const { kind, states, channel, account, conversationId, since, limit, before } = query;
    const found = states.flatMap((state): WaitingItem[] => {
      const place = placeOf(before);
      const look = { state, ...place, since: since ?? 0, channel, account, conversationId, limit: limit + 1 };
      const turns = kind === "delivery" ? [] : selectTurns.all(look).map(toTurnItem);
      const deliveries = kind === "turn" ? [] : selectDeliveries.all(look).map(toDeliveryItem);
      return [...turns, ...deliveries];
    });
    return newestFirst(found, limit);
  };
}
