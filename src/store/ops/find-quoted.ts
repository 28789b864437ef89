import type { EventContent } from "../../core/event.ts";
import { statement } from "../statement.ts";
import type { KnownMessage, QuotedQuery } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { sentMessagesOf } from "./parts/bundle.ts";
import { keysOfMessage } from "./parts/dedup-keys.ts";
import { TAKEN_BACK } from "./parts/revise-event.ts";
import { SENDERS_OF_MESSAGE, type SentMessage, sentMessage } from "./parts/sent-messages.ts";

interface Received {
  channel: string;
  account: string;
  conversationId: string;
  keys: readonly string[];
}

/**
 * SQL: the content is there, and wasn't taken back: also where an agent has had it, or where it never came and the
 * retraction, without a version, stands in for it.
 */
export const HAS_CONTENT = `e.state <> 'retracted' AND e.content_deleted = 0
    AND (CASE WHEN e.revises IS NULL THEN coalesce(e.version, 0) ELSE coalesce(e.version, ${TAKEN_BACK}) END) < ${TAKEN_BACK}`;

// Only of the same conversation: an id is no proof of a right to read a message.
const SELECT_RECEIVED = statement<Received, { type: string; content: string }>(
  ({ isIn }) => `
  SELECT e.type, e.content FROM dedup_key AS k JOIN event AS e ON e.event_id = k.event_id
  WHERE k.channel = :channel AND k.account = :account AND ${isIn("k.key", ":keys")}
    AND e.conversation_id = :conversationId AND ${HAS_CONTENT}
  LIMIT 1`,
);

const SELECT_SENT = statement<
  SentMessage & { conversationId: string },
  { delivery_id: string; messages: string; platform_message_ids: string }
>(`
  SELECT d.delivery_id, d.messages, d.platform_message_ids FROM delivery AS d
  WHERE d.delivery_id IN (${SENDERS_OF_MESSAGE})
    AND d.conversation_id = :conversationId AND d.content_deleted = 0 LIMIT 1`);

/** What the store holds of each message, by its platform id: by the indexes of dedup keys and of sent messages. */
export async function findQuoted(tx: Transaction, query: QuotedQuery): Promise<readonly KnownMessage[]> {
  const known: KnownMessage[] = [];
  for (const messageId of query.messageIds) {
    const found = (await findReceived(tx, query, messageId)) ?? (await findSent(tx, query, messageId));
    if (found !== null) known.push(found);
  }
  return known;
}

async function findReceived(tx: Transaction, query: QuotedQuery, messageId: string): Promise<KnownMessage | null> {
  const { conversationId, channel, account } = query.conversation;
  const keys = keysOfMessage(messageId);
  const row = await tx.get(SELECT_RECEIVED, { channel, account, conversationId, keys });
  if (row === undefined) return null;
  return { kind: "received", messageId, type: row.type, content: JSON.parse(row.content) as EventContent };
}

async function findSent(tx: Transaction, query: QuotedQuery, messageId: string): Promise<KnownMessage | null> {
  const { conversationId } = query.conversation;
  const row = await tx.get(SELECT_SENT, { ...sentMessage(messageId), conversationId });
  if (row === undefined) return null;
  const ids = JSON.parse(row.platform_message_ids) as string[];
  const messages = await sentMessagesOf(tx, row.delivery_id, row.messages, ids.length);
  // Where the platform named fewer messages than were sent, or one of them is deleted, it isn't known which is which.
  const message = messages.length === ids.length ? messages[ids.indexOf(messageId)] : undefined;
  return { kind: "sent", messageId, message: message ?? null };
}
