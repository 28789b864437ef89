import { WAITING_COUNT_MAX, type WaitingState } from "../../core/waiting.ts";
import { statement } from "../statement.ts";
import type { WaitingCount } from "../store.ts";
import type { Transaction } from "../transaction.ts";

interface Row {
  state: WaitingState;
  count: number;
  since: number | null;
}

/**
 * The wait starts when the row first entered the state, so that a delivery that is retried keeps aging. Must be exactly the
 * expression of the index `delivery_waiting`, or the database sorts the whole backlog.
 */
export const waitsSince = (d: string) =>
  `(CASE ${d}.state WHEN 'pending' THEN ${d}.created_at WHEN 'unknown' THEN ${d}.unknown_since
                          WHEN 'parked' THEN ${d}.parked_since ELSE ${d}.state_since END)`;

const SINCE = waitsSince("delivery");

/** Bounded count: after an outage the backlog may be millions of rows. */
const counted = (table: string, where: string) =>
  `(SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${where} LIMIT ${WAITING_COUNT_MAX}) AS counted)`;

const first = (since: string, table: string, where: string) =>
  `(SELECT ${since} FROM ${table} WHERE ${where} ORDER BY ${since} LIMIT 1)`;

/** The last two conditions let the planner use the partial index. */
const inState = (state: string) => `state = '${state}' AND state NOT IN ('sending', 'sent') AND discarded_at IS NULL`;

const DEAD_TURN = "state = 'dead' AND discarded_at IS NULL";

const delivery = (state: string) => `
  UNION ALL SELECT '${state}', ${counted("delivery", inState(state))}, ${first(SINCE, "delivery", inState(state))}`;

// The oldest collecting turn is among the first that become due, or younger than one of them by the longest wait at most:
// its own index would be one more page to write per ack. Leased turns and deliveries that are being sent are bounded by the
// processes' limits.
const SELECT = statement<Readonly<Record<string, never>>, Row>(`
  SELECT 'collecting' AS state, ${counted("turn", "state = 'collecting'")} AS count,
         (SELECT min(first_event_at) FROM
           (SELECT first_event_at FROM turn WHERE state = 'collecting' ORDER BY due_at LIMIT 1000) AS due) AS since
  UNION ALL SELECT 'ready', ${counted("turn", "state = 'ready'")}, ${first("sealed_at", "turn", "state = 'ready'")}
  UNION ALL SELECT 'leased', count(*), min(claimed_at) FROM turn WHERE state = 'leased'
  UNION ALL SELECT 'sending', count(*), min(state_since) FROM delivery WHERE state = 'sending'
  ${["pending", "unknown", "parked"].map(delivery).join("")}
  UNION ALL SELECT 'dead', ${counted("turn", DEAD_TURN)} + ${counted("delivery", inState("dead"))},
    (SELECT min(since) FROM (
      SELECT ${first("ended_at", "turn", DEAD_TURN)} AS since
      UNION ALL SELECT ${first(SINCE, "delivery", inState("dead"))}) AS dead)`);

export async function countWaiting(tx: Transaction): Promise<readonly WaitingCount[]> {
  const now = tx.now();
  return (await tx.all(SELECT, {})).map((row) => ({
    state: row.state,
    count: row.count,
    oldestMs: row.since === null ? 0 : Math.max(0, now - row.since),
  }));
}
