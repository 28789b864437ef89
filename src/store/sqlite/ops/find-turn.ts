import type { FoundTurn } from "../../store.ts";
import type { Context } from "./context.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "./rows.ts";
import { prepareTurnEvents } from "./turn-events.ts";

export function prepareFindTurn(context: Context) {
  const { db } = context;
  const { eventsOf } = prepareTurnEvents(context);
  const select = db.prepare<[string], ConversationRow & { state: string; fence: number }>(`
    SELECT t.state, t.fence, ${CONVERSATION_COLUMNS}
    FROM turn AS t JOIN conversation AS c USING (conversation_id) WHERE t.turn_id = ?`);

  return function findTurn(turnId: string): FoundTurn | null {
    const row = select.get(turnId);
    if (row === undefined) return null;
    const { state, fence } = row;
    return { turnId, state, fence, conversation: toConversation(row), events: eventsOf(turnId) };
  };
}
