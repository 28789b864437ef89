import { waitMs } from "../../../core/batch.ts";
import type { Due } from "../../store.ts";
import type { Context } from "./context.ts";

interface Row {
  turn_id: string;
  due_at: number;
  max_wait_ms: number;
}

export function prepareDueTurns({ db, clock }: Context) {
  const selectDue = db.prepare<[number, number], Row>(`
    SELECT turn_id, due_at, max_wait_ms FROM turn WHERE state = 'collecting' AND due_at <= $1
    ORDER BY due_at LIMIT $2`);
  const selectNext = db.prepare<[number], { due_at: number | null }>(
    "SELECT min(due_at) AS due_at FROM turn WHERE state = 'collecting' AND due_at > $1",
  );
  // Those furthest in the future were written before the clock was set back, if it was.
  const selectLatest = db.prepare<[number], Row>(
    "SELECT turn_id, due_at, max_wait_ms FROM turn WHERE state = 'collecting' ORDER BY due_at DESC LIMIT $1",
  );

  return async function dueTurns(limit: number): Promise<Due<string>> {
    const now = clock.now();
    const isDue = (row: Row) => waitMs(row.due_at, now, row.max_wait_ms) === 0;
    const [latest] = await selectLatest.all(1);
    if (latest === undefined) return { due: [], nextInMs: null };
    const rows = await selectDue.all(now, limit);
    if (isDue(latest)) rows.push(...(await selectLatest.all(limit)).filter(isDue));
    const next = (await selectNext.get(now))?.due_at ?? null;
    return {
      due: [...new Set(rows.map((row) => row.turn_id))].slice(0, limit),
      nextInMs: next === null ? null : waitMs(next, now, latest.max_wait_ms),
    };
  };
}
