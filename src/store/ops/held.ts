import { Fenced } from "../../core/errors.ts";
import type { HeldTurn } from "../../core/turn.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

export interface HeldRow {
  conversation_id: string;
  state: string;
  failures: number;
  first_claimed_at: number;
  replied: number;
}

const SELECT = statement<{ turnId: string; fence: number }, HeldRow>(`
  SELECT conversation_id, state, failures, first_claimed_at, replied FROM turn
  WHERE turn_id = :turnId AND fence = :fence`);

/** The turn, or `undefined` when its fence has moved on. */
export function look(tx: Transaction, { turnId, fence }: HeldTurn): Promise<HeldRow | undefined> {
  return tx.get(SELECT, { turnId, fence });
}

/** The fence check that every write under a turn's lease begins with: the turn, still leased; throws `Fenced` otherwise. */
export async function hold(tx: Transaction, held: HeldTurn): Promise<HeldRow> {
  const row = await look(tx, held);
  if (row?.state !== "leased") throw new Fenced(held.turnId, held.fence);
  return row;
}
