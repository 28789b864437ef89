import type { TurnState } from "../../core/turn.ts";
import type { TurnDetail, TurnQuery } from "../operator-details.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { runTogether } from "../run-together.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { HAS_CONTENT } from "./find-quoted.ts";
import { eventsOf, messagesOutsideTurns } from "./parts/turn-events.ts";

interface TurnRow extends ConversationRow {
  state: TurnState;
  seq: number;
  first_event_at: number;
  sealed_at: number | null;
  content_deleted: number;
}

const SELECT = statement<{ turnId: string }, TurnRow>(`
  SELECT t.state, t.seq, t.first_event_at, t.sealed_at, t.content_deleted, ${CONVERSATION_COLUMNS}
  FROM turn AS t JOIN conversation AS c USING (conversation_id) WHERE t.turn_id = :turnId`);

const SELECT_WITHOUT_CONTENT = statement<{ turnId: string }, { event_id: string; content_deleted: number }>(`
  SELECT e.event_id, e.content_deleted FROM event AS e
  WHERE e.turn_id = :turnId AND e.state = 'accepted' AND NOT (${HAS_CONTENT})`);

export async function readTurn(tx: Transaction, { turnId, context }: TurnQuery): Promise<TurnDetail | null> {
  const [row, events, without] = await runTogether([
    tx.get(SELECT, { turnId }),
    eventsOf(tx, turnId),
    tx.all(SELECT_WITHOUT_CONTENT, { turnId }),
  ]);
  if (row === undefined) return null;
  const conversation = toConversation(row);
  const { kind, conversationId } = conversation;
  const { state, seq, first_event_at: firstEventAt, sealed_at: sealedAt } = row;
  const sealed = { seq, kind, conversationId, firstEventAt, sealedAt: sealedAt ?? tx.now() };
  const ids = new Set(without.map((event) => event.event_id));
  return {
    turnId,
    state,
    conversation,
    firstEventAt,
    events: events.filter(({ eventId, content }) => content.message === undefined || !ids.has(eventId)),
    context: await messagesOutsideTurns(tx, sealed, context),
    contentDeleted: row.content_deleted === 1 || without.some((event) => event.content_deleted === 1),
  };
}
