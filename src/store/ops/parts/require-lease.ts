import { Fenced } from "../../../core/errors.ts";
import type { LeasedTurn } from "../../../core/turn.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { isOpen } from "./open-delivery.ts";
import { hasButton } from "./slow-reply.ts";

export interface LeasedRow {
  conversation_id: string;
  of_account: string;
  state: string;
  /** How often it was handed out. */
  attempt: number;
  failures: number;
  first_claimed_at: number;
  replied: number;
  /** It has a button, in any state. */
  has_button: number;
  /** Its conversation has unsent deliveries. */
  has_waiting: number;
  /** Its conversation has a ready turn. */
  has_next_turn: number;
}

type Lease = { turnId: string; fence: number };

const SELECT_STATE = statement<Lease, Pick<LeasedRow, "state">>(
  "SELECT state FROM turn WHERE turn_id = :turnId AND fence = :fence",
);

const SELECT = statement<Lease, LeasedRow>(
  ({ indexedBy }) => `
  SELECT conversation_id, of_account, state, attempt, failures, first_claimed_at, replied,
         ${hasButton("t.turn_id")} AS has_button,
         EXISTS (SELECT 1 FROM delivery AS d ${indexedBy("delivery_open")}
                 WHERE d.conversation_id = t.conversation_id AND ${isOpen("d")}) AS has_waiting,
         EXISTS (SELECT 1 FROM turn AS next ${indexedBy("turn_ready_in_order")}
                 WHERE next.conversation_id = t.conversation_id AND next.state = 'ready') AS has_next_turn
  FROM turn AS t WHERE t.turn_id = :turnId AND t.fence = :fence`,
);

/** The turn's state; `undefined` when its fence is no longer the newest. */
export async function stateByFence(tx: Transaction, { turnId, fence }: LeasedTurn): Promise<string | undefined> {
  return (await tx.get(SELECT_STATE, { turnId, fence }))?.state;
}

/** The fence check at the beginning of every write under a turn's lease: throws `Fenced` unless it is still leased. */
export async function requireLease(tx: Transaction, { turnId, fence }: LeasedTurn): Promise<LeasedRow> {
  const row = await tx.get(SELECT, { turnId, fence });
  if (row?.state !== "leased") throw new Fenced(turnId, fence);
  return row;
}
