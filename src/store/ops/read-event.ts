import type { EventContent } from "../../core/event.ts";
import type { EventDetail } from "../operator.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { HAS_CONTENT } from "./find-quoted.ts";

const SELECT_EVENT = statement<{ eventId: string }, ConversationRow & { content: string }>(`
  SELECT ${CONVERSATION_COLUMNS}, e.content
  FROM event AS e JOIN conversation AS c ON c.conversation_id = e.conversation_id
  WHERE e.event_id = :eventId AND ${HAS_CONTENT}`);

export async function readEvent(tx: Transaction, eventId: string): Promise<EventDetail | null> {
  const row = await tx.get(SELECT_EVENT, { eventId });
  if (row === undefined) return null;
  return { conversation: toConversation(row), content: JSON.parse(row.content) as EventContent };
}
