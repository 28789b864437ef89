import { Fenced } from "../../core/errors.ts";
import type { LeasedTurn } from "../../core/turn.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

export interface LeasedRow {
  conversation_id: string;
  state: string;
  failures: number;
  first_claimed_at: number;
  replied: number;
}

const SELECT = statement<{ turnId: string; fence: number }, LeasedRow>(`
  SELECT conversation_id, state, failures, first_claimed_at, replied FROM turn
  WHERE turn_id = :turnId AND fence = :fence`);

/** The turn, or `undefined` when its fence has moved on. */
export function findByFence(tx: Transaction, { turnId, fence }: LeasedTurn): Promise<LeasedRow | undefined> {
  return tx.get(SELECT, { turnId, fence });
}

/** The fence check that every write under a turn's lease begins with: the turn, still leased; throws `Fenced` otherwise. */
export async function requireLease(tx: Transaction, lease: LeasedTurn): Promise<LeasedRow> {
  const row = await findByFence(tx, lease);
  if (row?.state !== "leased") throw new Fenced(lease.turnId, lease.fence);
  return row;
}
