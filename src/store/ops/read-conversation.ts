import type { Sender } from "../../core/event.ts";
import type { ConversationDetail } from "../operator-details.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { type PeerIdRow, toPeerId } from "./parts/operator-detail-rows.ts";
import { isOutsideTurns } from "./parts/turn-events.ts";

interface Of {
  conversationId: string;
}

interface Row extends ConversationRow {
  window_ends_at: number | null;
  paused_until: number | null;
}

interface SenderRow {
  sender_id: string;
  sender_name: string | null;
}

/** Turns, and messages beside them, in which senders are looked for. */
const TURNS = 5;
const MESSAGES = 50;

const SELECT = statement<Of, Row>(`
  SELECT ${CONVERSATION_COLUMNS}, c.window_ends_at, c.paused_until FROM conversation AS c
  WHERE c.conversation_id = :conversationId`);

const SELECT_PEER_IDS = statement<Of, PeerIdRow>(`
  SELECT id, is_reassignable, address_since FROM peer_id WHERE conversation_id = :conversationId ORDER BY id`);

// An echo is of our side.
const SELECT_SENDERS = statement<Of, SenderRow>(
  ({ indexedBy }) => `
  SELECT sender_id, sender_name FROM (
    SELECT e.sender_id, e.sender_name, e.sent_at, e.seq FROM event AS e WHERE e.turn_id IN (
      SELECT turn_id FROM turn WHERE conversation_id = :conversationId ORDER BY seq DESC LIMIT ${TURNS})
    UNION ALL
    SELECT sender_id, sender_name, sent_at, seq FROM (
      SELECT b.sender_id, b.sender_name, b.sent_at, b.seq FROM event AS b ${indexedBy("event_outside_turns")}
      WHERE b.conversation_id = :conversationId AND ${isOutsideTurns("b")} AND b.type <> 'echo'
      ORDER BY b.received_at DESC LIMIT ${MESSAGES}) AS walked) AS counted
  WHERE sender_id IS NOT NULL ORDER BY sent_at DESC, seq DESC`,
);

/** Who wrote in the newest turns and beside them, the last first; with the newest name that each had. */
export async function sendersOf(tx: Transaction, conversationId: string): Promise<readonly Sender[]> {
  const names = new Map<string, string | null>();
  for (const { sender_id: id, sender_name: name } of await tx.all(SELECT_SENDERS, { conversationId })) {
    names.set(id, names.get(id) ?? name);
  }
  return [...names].map(([id, name]) => ({ id, name }));
}

export async function readConversation(tx: Transaction, conversationId: string): Promise<ConversationDetail | null> {
  const row = await tx.get(SELECT, { conversationId });
  if (row === undefined) return null;
  const [peerIds, senders] = await Promise.all([
    tx.all(SELECT_PEER_IDS, { conversationId }),
    sendersOf(tx, conversationId),
  ]);
  return {
    ...toConversation(row),
    windowEndsAt: row.window_ends_at,
    pausedUntil: row.paused_until,
    peerIds: peerIds.map(toPeerId),
    senders,
  };
}
