import { LISTED_AFTER, WAITING_COUNT_MAX, type WaitingState } from "../../core/waiting.ts";
import type { WaitingItem, WaitingScope } from "../operator.ts";
import type { ItemKind } from "../operator-transcript.ts";
import { type Statement, statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { waitsSince } from "./count-waiting.ts";
import { type Moment, selectDeliveryItem, selectTurnItem } from "./operator-item.ts";
import { WAITS_FOR_ACCOUNT } from "./parts/blocked.ts";
import { type DeliveryItemRow, type TurnItemRow, toDeliveryItem, toTurnItem } from "./parts/operator-rows.ts";

/* Part of `listWaiting`: how the rows of each state are read, newest first. */

/** Rows in the state `state` since `since` or later, and older than the place (`at`, `id`). */
export interface Walk extends Moment {
  state: WaitingState;
  at: number;
  id: string;
  since: number;
  limit: number;
}

export interface WaitingRows {
  readonly kind: ItemKind;
  /** In order of `since`, then of the id, both descending. Fewer than the limit: there are no more. */
  read(tx: Transaction, walk: Walk): Promise<WaitingItem[]>;
}

const turns = (select: Statement<Walk, TurnItemRow>): WaitingRows => ({
  kind: "turn",
  read: async (tx, walk) => (await tx.all(select, walk)).map(toTurnItem),
});

const deliveries = (select: Statement<Walk, DeliveryItemRow>): WaitingRows => ({
  kind: "delivery",
  read: async (tx, walk) => (await tx.all(select, walk)).map(toDeliveryItem),
});

const DEAD_TURNS = turns(
  statement(
    (dialect) => `
  ${selectTurnItem(dialect)}
  WHERE t.state = 'dead' AND t.discarded_at IS NULL AND t.ended_at >= :since AND (t.ended_at, t.turn_id) < (:at, :id)
  ORDER BY t.ended_at DESC, t.turn_id DESC LIMIT :limit`,
  ),
);

// As in the index.
const FAILING = turns(
  statement(
    (dialect) => `
  ${selectTurnItem(dialect)}
  WHERE (t.state = 'ready' OR t.state = 'leased') AND t.state = 'ready' AND t.failures >= ${LISTED_AFTER}
    AND t.sealed_at >= :since AND (t.sealed_at, t.turn_id) < (:at, :id)
  ORDER BY t.sealed_at DESC, t.turn_id DESC LIMIT :limit`,
  ),
);

const READY = turns(
  statement(
    (dialect) => `
  ${selectTurnItem(dialect)}
  WHERE t.state = 'ready' AND t.sealed_at >= :since AND (t.sealed_at, t.turn_id) < (:at, :id)
  ORDER BY t.sealed_at DESC, t.turn_id DESC LIMIT :limit`,
  ),
);

// No index has their order, which would be one more page to write per ack or claim, and these are few: collecting turns last
// for seconds, and the others are bounded by the processes' limits.
const COLLECTING = turns(
  statement(
    (dialect) => `
  ${selectTurnItem(dialect)}
  WHERE t.turn_id IN (
    SELECT turn_id FROM (SELECT turn_id, first_event_at FROM turn WHERE state = 'collecting'
                         ORDER BY due_at DESC LIMIT ${WAITING_COUNT_MAX}) AS walked
    WHERE first_event_at >= :since AND (first_event_at, turn_id) < (:at, :id)
    ORDER BY first_event_at DESC, turn_id DESC LIMIT :limit)
  ORDER BY since DESC, turn_id DESC`,
  ),
);

const leased = (condition: string) =>
  turns(
    statement(
      (dialect) => `
  ${selectTurnItem(dialect)}
  WHERE t.turn_id IN (
    SELECT turn_id FROM turn
    WHERE state = 'leased'${condition} AND claimed_at >= :since AND (claimed_at, turn_id) < (:at, :id)
    ORDER BY claimed_at DESC, turn_id DESC LIMIT :limit)
  ORDER BY since DESC, turn_id DESC`,
    ),
  );

const LEASED = leased("");
const LEASED_FAILING = leased(` AND failures >= ${LISTED_AFTER}`);

const SENDING = deliveries(
  statement(
    (dialect) => `
  ${selectDeliveryItem(dialect)}
  WHERE d.delivery_id IN (
    SELECT delivery_id FROM delivery
    WHERE state = 'sending' AND state_since >= :since AND (state_since, delivery_id) < (:at, :id)
    ORDER BY state_since DESC, delivery_id DESC LIMIT :limit)
  ORDER BY since DESC, delivery_id DESC`,
  ),
);

// The conditions that seem redundant let the planner use the partial index.
const inState = (condition: string) =>
  deliveries(
    statement(
      (dialect) => `
  ${selectDeliveryItem(dialect)}
  WHERE d.state = :state AND d.state NOT IN ('sending', 'sent') AND d.discarded_at IS NULL
    AND ${waitsSince("d")} >= :since AND (${waitsSince("d")}, d.delivery_id) < (:at, :id)${condition}
  ORDER BY ${waitsSince("d")} DESC, d.delivery_id DESC LIMIT :limit`,
    ),
  );

const DELIVERIES = inState("");
const PENDING_LISTED = inState(`
    AND (d.attempts - d.retry_baseline_attempt >= ${LISTED_AFTER} OR ${WAITS_FOR_ACCOUNT})`);

type ByState = Readonly<Record<WaitingState, readonly WaitingRows[]>>;

const OPERATOR: ByState = {
  collecting: [],
  ready: [FAILING],
  leased: [LEASED_FAILING],
  pending: [PENDING_LISTED],
  sending: [],
  unknown: [DELIVERIES],
  parked: [DELIVERIES],
  dead: [DEAD_TURNS, DELIVERIES],
};

export const WAITING_ROWS: Readonly<Record<WaitingScope, ByState>> = {
  operator: OPERATOR,
  all: {
    ...OPERATOR,
    collecting: [COLLECTING],
    ready: [READY],
    leased: [LEASED],
    pending: [DELIVERIES],
    sending: [SENDING],
  },
};
