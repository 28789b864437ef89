import { conversationId as idOf } from "../../conversation-id.ts";
import type { Queued, QueueMessages } from "../../store.ts";
import { type Key, keyOf, newId, slotOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareDeliveryView } from "./delivery-view.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "./rows.ts";
import { prepareTakenOnce } from "./taken-once.ts";

export function prepareQueueMessages(context: Context) {
  const { db, clock, chance } = context;
  const takenOnce = prepareTakenOnce(context);
  const { tokensOf } = prepareDeliveryView(context);
  const selectConversation = db.prepare<Key, ConversationRow>(
    `SELECT ${CONVERSATION_COLUMNS} FROM conversation AS c WHERE c.slot = $1 AND c.conversation_id = $2`,
  );
  const insert = db.prepare<[...Key, string, string, number, number | null]>(`
    INSERT INTO delivery (slot, delivery_id, conversation_id, turn_id, state, messages, due_at, created_at, state_since,
                          deliver_by)
    VALUES ($1, $2, $3, NULL, 'pending', $4, $5, $5, $5, $6)`);

  async function insertAll(conversationId: string, order: QueueMessages, now: number): Promise<string[]> {
    const { messages, messagesPerCall, deliverBy } = order;
    const deliveryIds: string[] = [];
    for (let first = 0; first < messages.length; first += messagesPerCall) {
      const deliveryId = newId(chance, "dlv", slotOf(conversationId));
      const own = JSON.stringify(messages.slice(first, first + messagesPerCall));
      await insert.run(...keyOf(deliveryId), conversationId, own, now, deliverBy);
      deliveryIds.push(deliveryId);
    }
    return deliveryIds;
  }

  return async function queueMessages(order: QueueMessages): Promise<Queued | null> {
    const conversationId = idOf(order.to);
    const row = await selectConversation.get(...keyOf(conversationId));
    if (row === undefined) return null;
    const now = clock.now();
    const earlier = await takenOnce.find(conversationId, order.key);
    const deliveryIds = earlier?.deliveryIds ?? (await insertAll(conversationId, order, now));
    if (earlier === null) await takenOnce.note(conversationId, order.key, { fence: 0, deliveryIds }, now);
    const tokens = await tokensOf(conversationId, now);
    return { conversation: toConversation(row), deliveryIds, repeated: earlier !== null, now, tokens };
  };
}
