import type { Due, DueDeliveries } from "../../store.ts";
import { IS_BLOCKED, IS_STOPPED, JOIN_ACCOUNT } from "./blocked.ts";
import type { Context } from "./context.ts";
import { isOurs } from "./rows.ts";

/** When the next look could find something: a try that becomes due, a slowed account, a hold or a wait that ends. */
const NEXT = `
  SELECT min(at) AS at FROM (
    SELECT min(due_at) AS at FROM delivery
    WHERE state IN ('pending', 'unknown', 'parked') AND due_at IS NOT NULL AND due_at > :now
    UNION ALL SELECT min(slow_until) FROM account WHERE slow_until > :now
    UNION ALL SELECT min(awaited_until) FROM delivery WHERE awaited_until > :now
    UNION ALL SELECT min(unknown_since) + :unknownHoldMs FROM delivery
    WHERE state = 'unknown' AND state <> 'sent' AND discarded_at IS NULL AND due_at IS NOT NULL AND unknown_since > :now - :unknownHoldMs)`;

export function prepareDueDeliveries({ db, clock }: Context) {
  const select = db.prepare<
    [{ limit: number; accounts: string | null; now: number; unknownSince: number }],
    { delivery_id: string }
  >(`
    SELECT d.delivery_id FROM delivery AS d ${JOIN_ACCOUNT}
    WHERE d.state IN ('pending', 'unknown', 'parked') AND d.due_at IS NOT NULL AND d.due_at <= :now
      AND coalesce(a.slow_until, 0) <= :now AND ${isOurs(":accounts")} AND NOT (${IS_STOPPED}) AND NOT ${IS_BLOCKED}
    ORDER BY d.due_at LIMIT :limit`);
  const selectNext = db.prepare<[{ now: number; unknownHoldMs: number }], { at: number | null }>(NEXT);

  return function dueDeliveries({ limit, unknownHoldMs, accounts }: DueDeliveries): Due<string> {
    const now = clock.now();
    const rows = select.all({
      limit,
      accounts: accounts === undefined ? null : JSON.stringify(accounts),
      now,
      unknownSince: now - unknownHoldMs,
    });
    const next = selectNext.get({ now, unknownHoldMs })?.at ?? null;
    return { due: rows.map((row) => row.delivery_id), nextInMs: next === null ? null : Math.max(0, next - now) };
  };
}
