import { dueAt, waitMs } from "../../../core/batch.ts";
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
  const select = db.prepare<[string], CollectingRow>(`
    SELECT t.first_event_at, t.quiet_ms, t.max_wait_ms, t.max_events, count(e.seq) AS event_count,
           count(e.seq) FILTER (WHERE e.state = 'accepted') AS accepted_count,
           coalesce(max(e.received_at), t.first_event_at) AS last_event_at
    FROM turn AS t LEFT JOIN event AS e ON e.turn_id = t.turn_id
    WHERE t.turn_id = ? AND t.state = 'collecting' GROUP BY t.turn_id`);
  const seal = db.prepare<[number, number, string]>(
    "UPDATE turn SET state = 'ready', sealed_at = ?, due_at = ? WHERE turn_id = ?",
  );
  const close = db.prepare<[number, string]>("UPDATE turn SET state = 'empty', ended_at = ? WHERE turn_id = ?");
  const lookAgain = db.prepare<[number, string]>("UPDATE turn SET due_at = ? WHERE turn_id = ?");

  function dueOf(row: CollectingRow): number {
    const turn = { firstEventAt: row.first_event_at, lastEventAt: row.last_event_at, eventCount: row.event_count };
    const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };
    return dueAt({ ...turn, immediate: false }, policy);
  }

  return function sealTurn(turnId: string): "ready" | "later" | "empty" | "gone" {
    const now = clock.now();
    const row = select.get(turnId);
    if (row === undefined) return "gone";
    if (row.accepted_count === 0) {
      close.run(now, turnId);
      return "empty";
    }
    const due = dueOf(row);
    if (waitMs(due, now, row.max_wait_ms) > 0) {
      lookAgain.run(due, turnId);
      return "later";
    }
    seal.run(now, now, turnId);
    return "ready";
  };
}
