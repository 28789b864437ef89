import { Fenced } from "../../../core/errors.ts";
import type { HeldTurn } from "../../../core/turn.ts";
import type { Context } from "./context.ts";

export interface HeldRow {
  conversation_id: string;
  state: string;
  failures: number;
  first_claimed_at: number;
  replied: number;
}

/** The fence check that every write under a turn's lease begins with. */
export function prepareHeld({ db }: Context) {
  const select = db.prepare<[string, number], HeldRow>(
    "SELECT conversation_id, state, failures, first_claimed_at, replied FROM turn WHERE turn_id = ? AND fence = ?",
  );

  /** The turn, or `undefined` when its fence has moved on. */
  function look(held: HeldTurn): HeldRow | undefined {
    return select.get(held.turnId, held.fence);
  }

  /** The turn, still leased under this fence; throws `Fenced` otherwise. */
  function hold(held: HeldTurn): HeldRow {
    const row = look(held);
    if (row?.state !== "leased") throw new Fenced(held.turnId, held.fence);
    return row;
  }

  return { look, hold };
}
