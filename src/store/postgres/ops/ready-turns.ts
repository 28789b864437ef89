import type { Due } from "../../store.ts";
import type { Context } from "./context.ts";
import { isOurs } from "./rows.ts";

export function prepareReadyTurns({ db, clock }: Context) {
  // First of its conversation, and nobody at work there. The unique index on leased turns is what makes it certain.
  const select = db.prepare<[number, readonly string[] | null, number], { turn_id: string }>(`
    SELECT t.turn_id FROM turn AS t JOIN conversation AS c USING (slot, conversation_id)
    WHERE t.state = 'ready' AND t.due_at <= $1 AND ${isOurs("$2")}
      AND NOT EXISTS (SELECT 1 FROM turn AS busy
                      WHERE busy.slot = t.slot AND busy.conversation_id = t.conversation_id AND busy.state = 'leased')
      AND NOT EXISTS (SELECT 1 FROM turn AS first
                      WHERE first.slot = t.slot AND first.conversation_id = t.conversation_id
                        AND first.state = 'ready' AND first.seq < t.seq)
    ORDER BY t.due_at LIMIT $3`);
  const selectNext = db.prepare<[number], { due_at: number | null }>(
    "SELECT min(due_at) AS due_at FROM turn WHERE state = 'ready' AND due_at > $1",
  );

  return async function readyTurns(limit: number, accounts?: readonly string[]): Promise<Due<string>> {
    const now = clock.now();
    const rows = await select.all(now, accounts ?? null, limit);
    const next = (await selectNext.get(now))?.due_at ?? null;
    return { due: rows.map((row) => row.turn_id), nextInMs: next === null ? null : next - now };
  };
}
