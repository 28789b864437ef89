import { LISTED_AFTER } from "../../core/waiting.ts";
import type { Dialect } from "../dialect.ts";
import type { ListedState, Page, WaitingItem, WaitingQuery } from "../operator.ts";
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
import { IS_HELD_UP } from "./blocked.ts";
import { knownAccounts } from "./list-accounts.ts";
import { SELECT_DELIVERY_ITEM, SELECT_TURN_ITEM } from "./operator-item.ts";
import { conversationsOf } from "./peer-names.ts";
import { waitsSince } from "./waiting.ts";

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

// Each of these is for some states only; the parameter is there so that all have the same.
const SELECT_TURNS = statement<Query, TurnItemRow>(
  (dialect) => `
  ${SELECT_TURN_ITEM}
  WHERE t.state = 'dead' AND t.state = :state AND t.discarded_at IS NULL AND t.ended_at >= :since
    AND (t.ended_at, t.turn_id) < (:at, :id) AND ${isWanted(dialect)}
  ORDER BY t.ended_at DESC, t.turn_id DESC LIMIT :limit`,
);

// As in the index.
const SELECT_FAILING = statement<Query, TurnItemRow>(
  (dialect) => `
  ${SELECT_TURN_ITEM}
  WHERE (t.state = 'ready' OR t.state = 'leased') AND t.state = :state AND t.failures >= ${LISTED_AFTER}
    AND t.sealed_at >= :since AND (t.sealed_at, t.turn_id) < (:at, :id) AND ${isWanted(dialect)}
  ORDER BY t.sealed_at DESC, t.turn_id DESC LIMIT :limit`,
);

// The conditions that seem redundant let the planner use the partial index.
const SELECT_PENDING = statement<Query, DeliveryItemRow>(
  (dialect) => `
  ${SELECT_DELIVERY_ITEM}
  WHERE d.state = :state AND d.state = 'pending' AND d.state NOT IN ('sending', 'sent') AND d.discarded_at IS NULL
    AND ${waitsSince("d")} >= :since AND (${waitsSince("d")}, d.delivery_id) < (:at, :id)
    AND (d.attempts - d.retry_baseline_attempt >= ${LISTED_AFTER} OR ${IS_HELD_UP}) AND ${isWanted(dialect)}
  ORDER BY ${waitsSince("d")} DESC, d.delivery_id DESC LIMIT :limit`,
);

const SELECT_DELIVERIES = statement<Query, DeliveryItemRow>(
  (dialect) => `
  ${SELECT_DELIVERY_ITEM}
  WHERE d.state = :state AND (d.state = 'dead' OR d.state = 'unknown' OR d.state = 'parked') AND d.discarded_at IS NULL AND d.state_since >= :since
    AND (d.state_since, d.delivery_id) < (:at, :id) AND ${isWanted(dialect)}
  ORDER BY d.state_since DESC, d.delivery_id DESC LIMIT :limit`,
);

interface Selects {
  readonly turns: typeof SELECT_TURNS | null;
  readonly deliveries: typeof SELECT_DELIVERIES | null;
}

const SELECTS: Readonly<Record<ListedState, Selects>> = {
  dead: { turns: SELECT_TURNS, deliveries: SELECT_DELIVERIES },
  unknown: { turns: null, deliveries: SELECT_DELIVERIES },
  parked: { turns: null, deliveries: SELECT_DELIVERIES },
  pending: { turns: null, deliveries: SELECT_PENDING },
  ready: { turns: SELECT_FAILING, deliveries: null },
  leased: { turns: SELECT_FAILING, deliveries: null },
};

export async function listWaiting(tx: Transaction, query: WaitingQuery): Promise<Page<WaitingItem>> {
  const { kind, states, channel, account, conversation, since, limit, before } = query;
  const place = parseCursor(before);
  const conversationIds = conversation === null ? [] : await conversationsCalled(tx, conversation);
  const of = { channel, account, conversationIds, isOfAny: conversation === null ? 1 : 0 } as const;
  const found: WaitingItem[] = [];
  for (const state of states) {
    const parameters = { state, ...place, ...of, since: since ?? 0, limit: limit + 1 };
    const { turns, deliveries } = SELECTS[state];
    if (kind !== "delivery" && turns !== null) found.push(...(await tx.all(turns, parameters)).map(toTurnItem));
    if (kind !== "turn" && deliveries !== null) {
      found.push(...(await tx.all(deliveries, parameters)).map(toDeliveryItem));
    }
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
