import type { Timeline, TimelineQuery } from "../operator.ts";
import type { TranscriptEntry } from "../operator-transcript.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import {
  ACTION_COLUMNS,
  type ActionRow,
  formatCursor,
  parseCursor,
  selectTranscriptEvents,
  sortEntries,
  TRANSCRIPT_DELIVERY_COLUMNS,
  TRANSCRIPT_TURN_COLUMNS,
  type TranscriptDeliveryRow,
  type TranscriptEventRow,
  type TranscriptTurnRow,
  toAction,
  toTranscriptEvent,
} from "./parts/operator-rows.ts";
import { transcriptOf } from "./parts/transcript.ts";
import { isOtherOutsideTurns, isOutsideTurns } from "./parts/turn-events.ts";
import { readConversation } from "./read-conversation.ts";

interface Window {
  conversationId: string;
  from: number;
  until: number;
  limit: number;
}

/** Maximum of messages without a turn on a page, of other events and of deliveries without one, and of the pauses by operators. */
const WITHOUT_TURN_MAX = 500;

const SELECT_TURNS = statement<{ conversationId: string; seq: number; limit: number }, TranscriptTurnRow>(`
  SELECT ${TRANSCRIPT_TURN_COLUMNS} FROM turn AS t WHERE t.conversation_id = :conversationId AND t.seq < :seq
  ORDER BY t.seq DESC LIMIT :limit`);

const events = (index: string, condition: string) =>
  statement<Window, TranscriptEventRow>(
    ({ indexedBy }) => `
  ${selectTranscriptEvents(indexedBy(index))}
  WHERE e.conversation_id = :conversationId AND ${condition}
    AND e.received_at >= :from AND e.received_at < :until
  ORDER BY e.received_at DESC, e.seq DESC LIMIT :limit`,
  );

const SELECT_MESSAGES = events("event_outside_turns", isOutsideTurns("e"));
const SELECT_OTHERS = events("event_other_outside_turns", isOtherOutsideTurns("e"));

const SELECT_DELIVERIES = statement<Window, TranscriptDeliveryRow>(`
  SELECT ${TRANSCRIPT_DELIVERY_COLUMNS} FROM delivery AS d
  WHERE d.conversation_id = :conversationId AND d.turn_id IS NULL AND d.created_at >= :from AND d.created_at < :until
  ORDER BY d.created_at DESC LIMIT :limit`);

/** What operators did to the conversation itself. */
const SELECT_ACTIONS = statement<Window, ActionRow>(`
  SELECT ${ACTION_COLUMNS} FROM operator_action AS o
  WHERE o.item_id = :conversationId AND o.at >= :from AND o.at < :until ORDER BY o.at DESC LIMIT :limit`);

export async function readTimeline(
  tx: Transaction,
  { conversationId, limit, before, types = [] }: TimelineQuery,
): Promise<Timeline | null> {
  const conversation = await readConversation(tx, conversationId);
  if (conversation === null) return null;
  // The cursor is the oldest turn of the previous page: its number, and when that page began.
  const place = parseCursor(before);
  const seq = place.id === "" ? Number.MAX_SAFE_INTEGER : Number(place.id);
  const turns = await tx.all(SELECT_TURNS, { conversationId, seq, limit: limit + 1 });
  const oldest = turns.length > limit ? turns[limit - 1] : undefined;
  const beside = await readBeside(tx, conversationId, oldest?.first_event_at ?? 0, place.at);
  const { from, isCut } = beside;
  const older = turns.findIndex((row, index) => index === limit || (isCut && row.first_event_at < from));
  const page = older === -1 ? turns : turns.slice(0, older);
  const entries = [
    ...(await transcriptOf(tx, page, beside.deliveries)),
    ...beside.events.map(toTranscriptEvent),
    ...beside.actions.map((row) => ({ kind: "action" as const, ...toAction(row) })),
  ];
  const id = String(page.at(-1)?.seq ?? place.id);
  const next = from === 0 ? null : formatCursor({ at: from, id });
  return { conversation, entries: sortEntries(entries.filter(isOfType(types))), next };
}

const isOfType = (types: readonly string[]) => (entry: TranscriptEntry) =>
  entry.kind !== "event" || types.length === 0 || types.includes(entry.type);

/** What has no turn, since `from` or, where that is too much for a page, since later. */
async function readBeside(tx: Transaction, conversationId: string, since: number, until: number) {
  const window = { conversationId, from: since, until, limit: WITHOUT_TURN_MAX };
  const [deliveries, actions, ...lists] = await Promise.all([
    tx.all(SELECT_DELIVERIES, window),
    tx.all(SELECT_ACTIONS, window),
    tx.all(SELECT_MESSAGES, window),
    tx.all(SELECT_OTHERS, window),
  ]);
  const all = [
    deliveries.map((row) => row.created_at),
    actions.map((row) => row.at),
    ...lists.map((rows) => rows.map((row) => row.received_at)),
  ];
  // Of the oldest ms that was read there may be more, so it belongs to the next page.
  const ends = all.filter((times) => times.length === WITHOUT_TURN_MAX).map((times) => (times.at(-1) ?? since) + 1);
  const isCut = ends.length > 0;
  const from = isCut ? Math.min(Math.max(since, ...ends), until - 1) : since;
  return {
    from,
    isCut,
    deliveries: deliveries.filter((row) => row.created_at >= from),
    actions: actions.filter((row) => row.at >= from),
    // Within one ms in the order of arrival.
    events: lists.flatMap((rows) => rows.filter((row) => row.received_at >= from).toReversed()),
  };
}
