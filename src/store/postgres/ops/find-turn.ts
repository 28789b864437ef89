import type { FoundTurn } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "./rows.ts";
import { prepareTurnEvents } from "./turn-events.ts";

export function prepareFindTurn(context: Context) {
  const { db } = context;
  const { eventsOf } = prepareTurnEvents(context);
  const select = db.prepare<Key, ConversationRow & { state: string; fence: number }>(`
    SELECT t.state, t.fence, ${CONVERSATION_COLUMNS}
    FROM turn AS t JOIN conversation AS c USING (slot, conversation_id) WHERE t.slot = $1 AND t.turn_id = $2`);

  return async function findTurn(turnId: string): Promise<FoundTurn | null> {
    const row = await select.get(...keyOf(turnId));
    if (row === undefined) return null;
    const { state, fence } = row;
    return { turnId, state, fence, conversation: toConversation(row), events: await eventsOf(turnId) };
  };
}
