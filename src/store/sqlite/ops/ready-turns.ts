import type { Due } from "../../store.ts";
import type { Context } from "./context.ts";

export function prepareReadyTurns({ db, clock }: Context) {
  // First of its conversation, and nobody at work there. The unique index on leased turns is what makes it certain.
  const select = db.prepare<[number, number], { turn_id: string }>(`
    SELECT turn_id FROM turn AS t
    WHERE state = 'ready' AND due_at <= ?
      AND NOT EXISTS (SELECT 1 FROM turn AS busy WHERE busy.conversation_id = t.conversation_id AND busy.state = 'leased')
      AND NOT EXISTS (SELECT 1 FROM turn AS first INDEXED BY turn_ready_in_order
                      WHERE first.conversation_id = t.conversation_id AND first.state = 'ready' AND first.seq < t.seq)
    ORDER BY due_at LIMIT ?`);
  const selectNext = db.prepare<[number], { due_at: number | null }>(
    "SELECT min(due_at) AS due_at FROM turn WHERE state = 'ready' AND due_at > ?",
  );

  return function readyTurns(limit: number): Due<string> {
    const now = clock.now();
    const rows = select.all(now, limit);
    const next = selectNext.get(now)?.due_at ?? null;
    return { due: rows.map((row) => row.turn_id), nextInMs: next === null ? null : next - now };
  };
}
