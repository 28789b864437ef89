import type { Dialect } from "../dialect.ts";
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
import { knownAccounts } from "./list-accounts.ts";
import { SELECT_DELIVERY_ITEM, SELECT_TURN_ITEM } from "./operator-item.ts";
import { conversationsOf } from "./peer-names.ts";

interface Query {
  state: string;
  at: number;
  id: string;
  since: number;
  channel: string | null;
  account: string | null;
  conversationIds: readonly string[];
  isOfAny: 0 | 1;
  limit: number;
}

const isWanted = ({ isIn }: Dialect) => `
  (CAST(:channel AS TEXT) IS NULL OR c.channel = :channel) AND (CAST(:account AS TEXT) IS NULL OR c.account = :account)
  AND (:isOfAny = 1 OR ${isIn("c.conversation_id", ":conversationIds")})`;

// A turn waits for an operator in one state only; the parameter is there so that both queries have the same.
const SELECT_TURNS = statement<Query, TurnItemRow>(
  (dialect) => `
  ${SELECT_TURN_ITEM}
  WHERE t.state = 'dead' AND t.state = :state AND t.discarded_at IS NULL AND t.ended_at >= :since
    AND (t.ended_at, t.turn_id) < (:at, :id) AND ${isWanted(dialect)}
  ORDER BY t.ended_at DESC, t.turn_id DESC LIMIT :limit`,
);

const SELECT_DELIVERIES = statement<Query, DeliveryItemRow>(
  (dialect) => `
  ${SELECT_DELIVERY_ITEM}
  WHERE d.state = :state AND (d.state = 'dead' OR d.state = 'unknown' OR d.state = 'parked') AND d.discarded_at IS NULL AND d.state_since >= :since
    AND (d.state_since, d.delivery_id) < (:at, :id) AND ${isWanted(dialect)}
  ORDER BY d.state_since DESC, d.delivery_id DESC LIMIT :limit`,
);

export async function listWaiting(tx: Transaction, query: WaitingQuery): Promise<Page<WaitingItem>> {
  const { kind, states, channel, account, conversation, since, limit, before } = query;
  const place = parseCursor(before);
  const conversationIds = conversation === null ? [] : await conversationsCalled(tx, conversation);
  const of = { channel, account, conversationIds, isOfAny: conversation === null ? 1 : 0 } as const;
  const found: WaitingItem[] = [];
  for (const state of states) {
    const parameters = { state, ...place, ...of, since: since ?? 0, limit: limit + 1 };
    if (kind !== "delivery") found.push(...(await tx.all(SELECT_TURNS, parameters)).map(toTurnItem));
    if (kind !== "turn") found.push(...(await tx.all(SELECT_DELIVERIES, parameters)).map(toDeliveryItem));
  }
  return mergeNewestFirst(found, limit);
}

/** By its own id, or by any id of its peer at any account. */
async function conversationsCalled(tx: Transaction, name: string): Promise<string[]> {
  const found = [name];
  for (const account of await knownAccounts(tx)) {
    found.push(...(await conversationsOf(tx, { ...account, peerId: name })));
  }
  return found;
}
