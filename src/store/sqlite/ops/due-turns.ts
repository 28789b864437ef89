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
    SELECT turn_id, due_at, max_wait_ms FROM turn WHERE state = 'collecting' AND due_at <= ?
    ORDER BY due_at LIMIT ?`);
  const selectNext = db.prepare<[number], { due_at: number | null }>(
    "SELECT min(due_at) AS due_at FROM turn WHERE state = 'collecting' AND due_at > ?",
  );
  // Those furthest in the future were written before the clock was set back, if it was.
  const selectLatest = db.prepare<[number], Row>(
    "SELECT turn_id, due_at, max_wait_ms FROM turn WHERE state = 'collecting' ORDER BY due_at DESC LIMIT ?",
  );

  return function dueTurns(limit: number): Due<string> {
    const now = clock.now();
    const isDue = (row: Row) => waitMs(row.due_at, now, row.max_wait_ms) === 0;
    const [latest] = selectLatest.all(1);
    if (latest === undefined) return { due: [], nextInMs: null };
    const rows = selectDue.all(now, limit);
    if (isDue(latest)) rows.push(...selectLatest.all(limit).filter(isDue));
    const next = selectNext.get(now)?.due_at ?? null;
    return {
      due: [...new Set(rows.map((row) => row.turn_id))].slice(0, limit),
      nextInMs: next === null ? null : waitMs(next, now, latest.max_wait_ms),
    };
  };
}
