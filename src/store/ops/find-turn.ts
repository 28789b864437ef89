import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { FoundTurn } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { eventsOf } from "./parts/turn-events.ts";

const SELECT = statement<{ turnId: string }, ConversationRow & { state: string; fence: number }>(`
  SELECT t.state, t.fence, ${CONVERSATION_COLUMNS}
  FROM turn AS t JOIN conversation AS c USING (conversation_id) WHERE t.turn_id = :turnId`);

export async function findTurn(tx: Transaction, turnId: string): Promise<FoundTurn | null> {
  const row = await tx.get(SELECT, { turnId });
  if (row === undefined) return null;
  const { state, fence } = row;
  return { turnId, state, fence, conversation: toConversation(row), events: await eventsOf(tx, turnId) };
}
