import { conversationId as idOf } from "../conversation-id.ts";
import { newId } from "../id.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Queued, QueueMessages } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { tokensOf } from "./delivery-view.ts";
import * as idempotencyKeys from "./idempotency-keys.ts";

const SELECT_CONVERSATION = statement<{ conversationId: string }, ConversationRow>(
  `SELECT ${CONVERSATION_COLUMNS} FROM conversation AS c WHERE c.conversation_id = :conversationId`,
);

interface NewDelivery {
  deliveryId: string;
  conversationId: string;
  messages: string;
  now: number;
  deliverBy: number | null;
}

const INSERT = statement<NewDelivery>(`
  INSERT INTO delivery (delivery_id, conversation_id, turn_id, state, messages, due_at, created_at, state_since,
                        deliver_by)
  VALUES (:deliveryId, :conversationId, NULL, 'pending', :messages, :now, :now, :now, :deliverBy)`);

export async function queueMessages(tx: Transaction, order: QueueMessages): Promise<Queued | null> {
  const conversationId = idOf(order.to);
  // Asked for together: one round trip.
  const [row, earlier] = await Promise.all([
    tx.get(SELECT_CONVERSATION, { conversationId }),
    idempotencyKeys.find(tx, conversationId, order.key),
  ]);
  if (row === undefined) return null;
  const now = tx.now();
  const deliveryIds = earlier?.deliveryIds ?? (await insertAll(tx, conversationId, order, now));
  if (earlier === null) await idempotencyKeys.record(tx, conversationId, order.key, { fence: 0, deliveryIds }, now);
  const tokens = await tokensOf(tx, conversationId, now);
  return { conversation: toConversation(row), deliveryIds, repeated: earlier !== null, now, tokens };
}

async function insertAll(
  tx: Transaction,
  conversationId: string,
  { messages, messagesPerCall, deliverBy }: QueueMessages,
  now: number,
): Promise<string[]> {
  const deliveryIds: string[] = [];
  for (let first = 0; first < messages.length; first += messagesPerCall) {
    const deliveryId = newId(tx.random, "dlv", conversationId);
    const own = JSON.stringify(messages.slice(first, first + messagesPerCall));
    await tx.run(INSERT, { deliveryId, conversationId, messages: own, now, deliverBy });
    deliveryIds.push(deliveryId);
  }
  return deliveryIds;
}
