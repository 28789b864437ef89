import { waitMs } from "../../../core/batch.ts";
import type { Due } from "../../store.ts";
import type { Context } from "./context.ts";

interface Row {
  turn_id: string;
  due_at: number;
  max_wait_ms: number;
}

export function prepareDueTurns({ db, clock }: Context) {
  const soonest = db.prepare<[number], Row>(
    "SELECT turn_id, due_at, max_wait_ms FROM turn WHERE state = 'collecting' ORDER BY due_at LIMIT ?",
  );
  // Those furthest in the future were written before the clock was set back, if it was.
  const latest = db.prepare<[number], Row>(
    "SELECT turn_id, due_at, max_wait_ms FROM turn WHERE state = 'collecting' ORDER BY due_at DESC LIMIT ?",
  );

  return function dueTurns(limit: number): Due<string> {
    const now = clock.now();
    const due = new Set<string>();
    let nextInMs: number | null = null;
    for (const row of [...soonest.all(limit), ...latest.all(limit)]) {
      const wait = waitMs(row.due_at, now, row.max_wait_ms);
      if (wait === 0) due.add(row.turn_id);
      else nextInMs = Math.min(wait, nextInMs ?? wait);
    }
    return { due: [...due], nextInMs };
  };
}
