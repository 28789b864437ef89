import { waitMs } from "../../../core/batch.ts";
import type { Due } from "../../store.ts";
import { IS_BLOCKED, IS_STOPPED, JOIN_ACCOUNT } from "./blocked.ts";
import { type Context, LONGEST_WAIT_MS } from "./context.ts";

export function prepareDueDeliveries({ db, clock }: Context) {
  const select = db.prepare<
    [{ unknownSince: number; limit: number }],
    { delivery_id: string; due_at: number; slow_until: number | null }
  >(`
    SELECT d.delivery_id, d.due_at, a.slow_until FROM delivery AS d ${JOIN_ACCOUNT}
    WHERE d.state IN ('pending', 'unknown', 'parked') AND d.due_at IS NOT NULL
      AND NOT (${IS_STOPPED}) AND NOT ${IS_BLOCKED}
    ORDER BY d.due_at LIMIT :limit`);

  return function dueDeliveries(query: { limit: number; unknownHoldMs: number }): Due<string> {
    const now = clock.now();
    const due: string[] = [];
    let nextInMs: number | null = null;
    for (const row of select.all({ unknownSince: now - query.unknownHoldMs, limit: query.limit })) {
      const wait = waitMs(Math.max(row.due_at, row.slow_until ?? 0), now, LONGEST_WAIT_MS);
      if (wait === 0) due.push(row.delivery_id);
      else nextInMs = Math.min(wait, nextInMs ?? wait);
    }
    return { due, nextInMs };
  };
}
