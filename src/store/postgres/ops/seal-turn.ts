import { dueAt, waitMs } from "../../../core/batch.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

interface CollectingRow {
  first_event_at: number;
  quiet_ms: number;
  max_wait_ms: number;
  max_events: number;
  event_count: number;
  accepted_count: number;
  last_event_at: number;
}

export function prepareSealTurn({ db, clock }: Context) {
  const select = db.prepare<Key, CollectingRow>(`
    SELECT t.first_event_at, t.quiet_ms, t.max_wait_ms, t.max_events, count(e.seq) AS event_count,
           count(e.seq) FILTER (WHERE e.state = 'accepted') AS accepted_count,
           coalesce(max(e.received_at), t.first_event_at) AS last_event_at
    FROM turn AS t LEFT JOIN event AS e ON e.slot = t.slot AND e.turn_id = t.turn_id
    WHERE t.slot = $1 AND t.turn_id = $2 AND t.state = 'collecting' GROUP BY t.slot, t.turn_id`);
  const seal = db.prepare<[...Key, number]>(`
    UPDATE turn SET state = 'ready', sealed_at = $3, due_at = $3
    WHERE slot = $1 AND turn_id = $2 AND state = 'collecting'`);
  const close = db.prepare<[...Key, number]>(
    "UPDATE turn SET state = 'empty', ended_at = $3 WHERE slot = $1 AND turn_id = $2 AND state = 'collecting'",
  );
  const lookAgain = db.prepare<[...Key, number]>(
    "UPDATE turn SET due_at = $3 WHERE slot = $1 AND turn_id = $2 AND state = 'collecting'",
  );

  function dueOf(row: CollectingRow): number {
    const turn = { firstEventAt: row.first_event_at, lastEventAt: row.last_event_at, eventCount: row.event_count };
    const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };
    return dueAt({ ...turn, immediate: false }, policy);
  }

  return async function sealTurn(turnId: string): Promise<"ready" | "later" | "empty" | "gone"> {
    const now = clock.now();
    const row = await select.get(...keyOf(turnId));
    if (row === undefined) return "gone";
    if (row.accepted_count === 0) {
      await close.run(...keyOf(turnId), now);
      return "empty";
    }
    const due = dueOf(row);
    if (waitMs(due, now, row.max_wait_ms) > 0) {
      await lookAgain.run(...keyOf(turnId), due);
      return "later";
    }
    await seal.run(...keyOf(turnId), now);
    return "ready";
  };
}
