import type { Due, DueDeliveries } from "../../store.ts";
import { IS_STOPPED, isBlocked, JOIN_ACCOUNT } from "./blocked.ts";
import type { Context } from "./context.ts";
import { isOurs } from "./rows.ts";

/** When the next look could find something: a try that becomes due, a slowed account, a hold or a wait that ends. */
const NEXT = `
  SELECT min(at) AS at FROM (
    SELECT min(due_at) AS at FROM delivery
    WHERE state IN ('pending', 'unknown', 'parked') AND due_at IS NOT NULL AND due_at > $1
    UNION ALL SELECT min(slow_until) FROM account WHERE slow_until > $1
    UNION ALL SELECT min(awaited_until) FROM delivery WHERE awaited_until > $1
    UNION ALL SELECT min(unknown_since) + $2::bigint FROM delivery
    WHERE state = 'unknown' AND state <> 'sent' AND discarded_at IS NULL AND due_at IS NOT NULL AND unknown_since > $1 - $2::bigint) AS times`;

export function prepareDueDeliveries({ db, clock }: Context) {
  const select = db.prepare<[number, number, readonly string[] | null, number], { delivery_id: string }>(`
    SELECT d.delivery_id FROM delivery AS d ${JOIN_ACCOUNT}
    WHERE d.state IN ('pending', 'unknown', 'parked') AND d.due_at IS NOT NULL AND d.due_at <= $1
      AND coalesce(a.slow_until, 0) <= $1 AND ${isOurs("$3")} AND NOT (${IS_STOPPED}) AND NOT ${isBlocked({ unknownSince: "$4", now: "$1" })}
    ORDER BY d.due_at LIMIT $2`);
  const selectNext = db.prepare<[number, number], { at: number | null }>(NEXT);

  return async function dueDeliveries({ limit, unknownHoldMs, accounts }: DueDeliveries): Promise<Due<string>> {
    const now = clock.now();
    const rows = await select.all(now, limit, accounts ?? null, now - unknownHoldMs);
    const next = (await selectNext.get(now, unknownHoldMs))?.at ?? null;
    return { due: rows.map((row) => row.delivery_id), nextInMs: next === null ? null : Math.max(0, next - now) };
  };
}
