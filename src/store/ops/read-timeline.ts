import type { Timeline, TimelineQuery } from "../operator.ts";
import {
  formatCursor,
  parseCursor,
  sortEntries,
  TRANSCRIPT_DELIVERY_COLUMNS,
  TRANSCRIPT_TURN_COLUMNS,
  type TranscriptDeliveryRow,
  type TranscriptEventRow,
  type TranscriptTurnRow,
  toTranscriptEvent,
} from "../operator-rows.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, EVENT_COLUMNS, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { transcriptOf } from "./transcript.ts";
import { isOutsideTurns } from "./turn-events.ts";

interface Window {
  conversationId: string;
  from: number;
  until: number;
  limit: number;
}

/** Maximum of messages without a turn on a page, and of deliveries without one. */
const WITHOUT_TURN_MAX = 500;

const SELECT_CONVERSATION = statement<{ conversationId: string }, ConversationRow>(
  `SELECT ${CONVERSATION_COLUMNS} FROM conversation AS c WHERE c.conversation_id = :conversationId`,
);

const SELECT_TURNS = statement<{ conversationId: string; seq: number; limit: number }, TranscriptTurnRow>(`
  SELECT ${TRANSCRIPT_TURN_COLUMNS} FROM turn AS t WHERE t.conversation_id = :conversationId AND t.seq < :seq
  ORDER BY t.seq DESC LIMIT :limit`);

const SELECT_EVENTS = statement<Window, TranscriptEventRow>(
  ({ indexedBy }) => `
  SELECT ${EVENT_COLUMNS}, e.turn_id, e.state FROM event AS e ${indexedBy("event_outside_turns")}
  WHERE e.conversation_id = :conversationId AND ${isOutsideTurns("e")}
    AND e.received_at >= :from AND e.received_at < :until
  ORDER BY e.received_at DESC LIMIT :limit`,
);

const SELECT_DELIVERIES = statement<Window, TranscriptDeliveryRow>(`
  SELECT ${TRANSCRIPT_DELIVERY_COLUMNS} FROM delivery AS d
  WHERE d.conversation_id = :conversationId AND d.turn_id IS NULL AND d.created_at >= :from AND d.created_at < :until
  ORDER BY d.created_at DESC LIMIT :limit`);

export async function readTimeline(
  tx: Transaction,
  { conversationId, limit, before }: TimelineQuery,
): Promise<Timeline | null> {
  const row = await tx.get(SELECT_CONVERSATION, { conversationId });
  if (row === undefined) return null;
  // The cursor is the oldest turn of the previous page: its number, and when it began.
  const place = parseCursor(before);
  const seq = place.id === "" ? Number.MAX_SAFE_INTEGER : Number(place.id);
  const turns = await tx.all(SELECT_TURNS, { conversationId, seq, limit: limit + 1 });
  const page = turns.slice(0, limit);
  const oldest = turns.length > limit ? page.at(-1) : undefined;
  const window = { conversationId, from: oldest?.first_event_at ?? 0, until: place.at, limit: WITHOUT_TURN_MAX };
  const [deliveries, events] = await Promise.all([tx.all(SELECT_DELIVERIES, window), tx.all(SELECT_EVENTS, window)]);
  const entries = [...(await transcriptOf(tx, page, deliveries)), ...events.map(toTranscriptEvent)];
  const next = oldest === undefined ? null : formatCursor({ at: oldest.first_event_at, id: String(oldest.seq) });
  return { conversation: toConversation(row), entries: sortEntries(entries), next };
}
