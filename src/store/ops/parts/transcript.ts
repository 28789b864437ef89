import type { TranscriptEntry } from "../../operator-transcript.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { SLOW_REPLY_COLUMNS, type SlowReplyRow, toSlowReply } from "./operator-detail-rows.ts";
import {
  ACTION_COLUMNS,
  type ActionRow,
  selectTranscriptEvents,
  TRANSCRIPT_ATTEMPT_COLUMNS,
  TRANSCRIPT_DELIVERY_COLUMNS,
  TRANSCRIPT_RECEIPT_COLUMNS,
  type TranscriptAttemptRow,
  type TranscriptDeliveryRow,
  type TranscriptEventRow,
  type TranscriptReceiptRow,
  type TranscriptTurnRow,
  toAction,
  toTranscriptAttempt,
  toTranscriptDelivery,
  toTranscriptEvent,
  toTranscriptReceipt,
  toTranscriptTurn,
} from "./operator-rows.ts";

type Ids = { ids: readonly string[] };

const SELECT_EVENTS = statement<Ids, TranscriptEventRow>(
  ({ isIn }) => `${selectTranscriptEvents()} WHERE ${isIn("e.turn_id", ":ids")} ORDER BY e.seq`,
);

const SELECT_DELIVERIES = statement<Ids, TranscriptDeliveryRow>(
  ({ isIn }) =>
    `SELECT ${TRANSCRIPT_DELIVERY_COLUMNS} FROM delivery AS d WHERE ${isIn("d.turn_id", ":ids")} ORDER BY d.seq`,
);

const SELECT_ATTEMPTS = statement<Ids, TranscriptAttemptRow>(
  ({ isIn }) => `
  SELECT ${TRANSCRIPT_ATTEMPT_COLUMNS} FROM attempt AS a WHERE ${isIn("a.delivery_id", ":ids")}
  ORDER BY a.delivery_id, a.attempt`,
);

const SELECT_RECEIPTS = statement<Ids, TranscriptReceiptRow>(
  ({ isIn }) => `
  SELECT ${TRANSCRIPT_RECEIPT_COLUMNS} FROM receipt AS r WHERE ${isIn("r.delivery_id", ":ids")} ORDER BY r.received_at`,
);

const SELECT_ACTIONS = statement<Ids, ActionRow>(
  ({ isIn }) => `SELECT ${ACTION_COLUMNS} FROM operator_action AS o WHERE ${isIn("o.item_id", ":ids")} ORDER BY o.at`,
);

const SELECT_SLOW_REPLIES = statement<Ids, SlowReplyRow>(
  ({ isIn }) => `SELECT ${SLOW_REPLY_COLUMNS} FROM slow_reply AS s WHERE ${isIn("s.turn_id", ":ids")}`,
);

/** Part of `readTimeline` and `readItem`: the transcript of turns and deliveries. */
export async function transcriptOf(
  tx: Transaction,
  turns: readonly TranscriptTurnRow[],
  withoutTurn: readonly TranscriptDeliveryRow[] = [],
): Promise<TranscriptEntry[]> {
  const ids = turns.map((row) => row.turn_id);
  const deliveries = [...(await tx.all(SELECT_DELIVERIES, { ids })), ...withoutTurn];
  const own = deliveries.map((row) => row.delivery_id);
  const [events, attempts, receipts, actions, slowReplies] = await Promise.all([
    tx.all(SELECT_EVENTS, { ids }),
    tx.all(SELECT_ATTEMPTS, { ids: own }),
    tx.all(SELECT_RECEIPTS, { ids: own }),
    tx.all(SELECT_ACTIONS, { ids: [...ids, ...own] }),
    tx.all(SELECT_SLOW_REPLIES, { ids }),
  ]);
  const slowReplyOf = new Map(slowReplies.map((row) => [row.turn_id, toSlowReply(row)]));
  return [
    ...turns.map((row) => toTranscriptTurn(row, slowReplyOf.get(row.turn_id) ?? null)),
    ...events.map(toTranscriptEvent),
    ...deliveries.map(toTranscriptDelivery),
    ...attempts.map(toTranscriptAttempt),
    ...receipts.map(toTranscriptReceipt),
    ...actions.map((row) => ({ kind: "action" as const, ...toAction(row) })),
  ];
}
