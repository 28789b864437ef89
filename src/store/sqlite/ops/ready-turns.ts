import type { Due } from "../../store.ts";
import type { Context } from "./context.ts";
import { isOurs } from "./rows.ts";

export function prepareReadyTurns({ db, clock }: Context) {
  // First of its conversation, and nobody at work there. The unique index on leased turns is what makes it certain.
  const select = db.prepare<[{ now: number; accounts: string | null; limit: number }], { turn_id: string }>(`
    SELECT t.turn_id FROM turn AS t JOIN conversation AS c ON c.conversation_id = t.conversation_id
    WHERE t.state = 'ready' AND t.due_at <= :now AND ${isOurs(":accounts")}
      AND NOT EXISTS (SELECT 1 FROM turn AS busy WHERE busy.conversation_id = t.conversation_id AND busy.state = 'leased')
      AND NOT EXISTS (SELECT 1 FROM turn AS first INDEXED BY turn_ready_in_order
                      WHERE first.conversation_id = t.conversation_id AND first.state = 'ready' AND first.seq < t.seq)
    ORDER BY t.due_at LIMIT :limit`);
  const selectNext = db.prepare<[number], { due_at: number | null }>(
    "SELECT min(due_at) AS due_at FROM turn WHERE state = 'ready' AND due_at > ?",
  );

  return function readyTurns(limit: number, accounts?: readonly string[]): Due<string> {
    const now = clock.now();
    const rows = select.all({ now, accounts: accounts === undefined ? null : JSON.stringify(accounts), limit });
    const next = selectNext.get(now)?.due_at ?? null;
    return { due: rows.map((row) => row.turn_id), nextInMs: next === null ? null : next - now };
  };
}
