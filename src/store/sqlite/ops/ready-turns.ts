import { waitMs } from "../../../core/batch.ts";
import type { Due } from "../../store.ts";
import { type Context, LONGEST_WAIT_MS } from "./context.ts";

export function prepareReadyTurns({ db, clock }: Context) {
  // First of its conversation, and nobody at work there. The unique index on leased turns is what makes it certain.
  const select = db.prepare<[number], { turn_id: string; due_at: number }>(`
    SELECT turn_id, due_at FROM turn AS t
    WHERE state = 'ready'
      AND NOT EXISTS (SELECT 1 FROM turn AS busy WHERE busy.conversation_id = t.conversation_id AND busy.state = 'leased')
      AND NOT EXISTS (SELECT 1 FROM turn AS first
                      WHERE first.conversation_id = t.conversation_id AND first.state = 'ready' AND first.seq < t.seq)
    ORDER BY due_at LIMIT ?`);

  return function readyTurns(limit: number): Due<string> {
    const now = clock.now();
    const due: string[] = [];
    let nextInMs: number | null = null;
    for (const row of select.all(limit)) {
      const wait = waitMs(row.due_at, now, LONGEST_WAIT_MS);
      if (wait === 0) due.push(row.turn_id);
      else nextInMs = Math.min(wait, nextInMs ?? wait);
    }
    return { due, nextInMs };
  };
}
