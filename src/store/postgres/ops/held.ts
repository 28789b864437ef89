import { Fenced } from "../../../core/errors.ts";
import type { HeldTurn } from "../../../core/turn.ts";
import { type Key, keyOf } from "../slot.ts";
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
  const select = db.prepare<[...Key, number], HeldRow>(`
    SELECT conversation_id, state, failures, first_claimed_at, replied FROM turn
    WHERE slot = $1 AND turn_id = $2 AND fence = $3`);

  /** The turn, or `undefined` when its fence has moved on. */
  async function look(held: HeldTurn): Promise<HeldRow | undefined> {
    return await select.get(...keyOf(held.turnId), held.fence);
  }

  /** The turn, still leased under this fence; throws `Fenced` otherwise. */
  async function hold(held: HeldTurn): Promise<HeldRow> {
    const row = await look(held);
    if (row?.state !== "leased") throw new Fenced(held.turnId, held.fence);
    return row;
  }

  return { look, hold };
}
