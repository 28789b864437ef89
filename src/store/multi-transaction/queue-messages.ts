import { conversationsOf } from "../ops/parts/peer-ids.ts";
import { queueInConversation } from "../ops/parts/queue-in-conversation.ts";
import type { Queued, QueueMessages } from "../store.ts";
import type { Driver } from "../transaction.ts";

/**
 * Finds the conversation by any id of the peer, then queues the messages under the conversation's lock. An id that is
 * given to another person in between counts as given after the message.
 */
export async function queueMessages(driver: Driver, order: QueueMessages): Promise<Queued | null> {
  const [conversationId] = await driver.readBehindWrites((tx) => conversationsOf(tx, order.to));
  if (conversationId === undefined) return null;
  return await driver.write({ conversationId }, (tx) => queueInConversation(tx, order, conversationId));
}
