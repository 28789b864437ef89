import { conversationId as idOf } from "../../conversation-id.ts";
import type { Queued, QueueMessages } from "../../store.ts";
import { newId } from "../ids.ts";
import type { Context } from "./context.ts";
import { prepareDeliveryView } from "./delivery-view.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "./rows.ts";
import { prepareTakenOnce } from "./taken-once.ts";

export function prepareQueueMessages(context: Context) {
  const { db, clock, chance } = context;
  const takenOnce = prepareTakenOnce(context);
  const { tokensOf } = prepareDeliveryView(context);
  const selectConversation = db.prepare<[string], ConversationRow>(
    `SELECT ${CONVERSATION_COLUMNS} FROM conversation AS c WHERE c.conversation_id = ?`,
  );
  const insert = db.prepare(`
    INSERT INTO delivery (delivery_id, conversation_id, turn_id, state, messages, due_at, created_at, state_since,
                          deliver_by)
    VALUES (?, ?, NULL, 'pending', ?, ?, ?, ?, ?)`);

  function insertAll(conversationId: string, order: QueueMessages, now: number): string[] {
    const { messages, messagesPerCall, deliverBy } = order;
    const calls = Math.ceil(messages.length / messagesPerCall);
    return Array.from({ length: calls }, (_, call) => {
      const deliveryId = newId(chance, "dlv", conversationId);
      const own = messages.slice(call * messagesPerCall, (call + 1) * messagesPerCall);
      insert.run(deliveryId, conversationId, JSON.stringify(own), now, now, now, deliverBy);
      return deliveryId;
    });
  }

  return function queueMessages(order: QueueMessages): Queued | null {
    const conversationId = idOf(order.to);
    const row = selectConversation.get(conversationId);
    if (row === undefined) return null;
    const now = clock.now();
    const earlier = takenOnce.find(conversationId, order.key);
    const deliveryIds = earlier?.deliveryIds ?? insertAll(conversationId, order, now);
    if (earlier === null) takenOnce.note(conversationId, order.key, { fence: 0, deliveryIds }, now);
    const tokens = tokensOf(conversationId, now);
    return { conversation: toConversation(row), deliveryIds, repeated: earlier !== null, now, tokens };
  };
}
