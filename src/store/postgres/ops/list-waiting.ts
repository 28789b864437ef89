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

/** State, where the page begins, since when, channel, account, conversation, and how many. */
type Look = [string, number, string, number, string | null, string | null, string | null, number];

const IS_WANTED = `
  ($5::text IS NULL OR c.channel = $5) AND ($6::text IS NULL OR c.account = $6)
  AND ($7::text IS NULL OR c.conversation_id = $7)`;

export function prepareListWaiting({ db }: Context) {
  // A turn waits for a person in one state only; the parameter keeps both questions alike.
  const selectTurns = db.prepare<Look, TurnItemRow>(`
    ${SELECT_TURN_ITEM} WHERE t.state = 'dead' AND t.state = $1::text AND t.discarded_at IS NULL AND t.ended_at >= $4
      AND (t.ended_at, t.turn_id) < ($2, $3) AND ${IS_WANTED}
    ORDER BY t.ended_at DESC, t.turn_id DESC LIMIT $8`);
  const selectDeliveries = db.prepare<Look, DeliveryItemRow>(`
    ${SELECT_DELIVERY_ITEM} WHERE d.state = $1::text AND d.state IN ('dead', 'unknown', 'parked') AND d.discarded_at IS NULL AND d.state_since >= $4
      AND (d.state_since, d.delivery_id) < ($2, $3) AND ${IS_WANTED}
    ORDER BY d.state_since DESC, d.delivery_id DESC LIMIT $8`);

  return async function listWaiting(query: WaitingQuery): Promise<Page<WaitingItem>> {
    const { kind, states, channel, account, conversationId, since, limit, before } = query;
    const { at, id } = placeOf(before);
    const found: WaitingItem[] = [];
    for (const state of states) {
      const look: Look = [state, at, id, since ?? 0, channel, account, conversationId, limit + 1];
      if (kind !== "delivery") found.push(...(await selectTurns.all(...look)).map(toTurnItem));
      if (kind !== "turn") found.push(...(await selectDeliveries.all(...look)).map(toDeliveryItem));
    }
    return newestFirst(found, limit);
  };
}
