import { findConversations, type RecordedDelivery, recordInConversation } from "../ops/record-in-conversation.ts";
import type { RecordedReceipt, RecordReceipt } from "../store.ts";
import type { Driver } from "../transaction.ts";

/**
 * A receipt names a message or a delivery, not a conversation. A read finds the conversations, and the deliveries are read
 * again under each conversation's lock. A receipt for an unknown message costs no transaction. The read comes after pending
 * writes, because the call's own answer may have arrived just before, with the message id that the receipt names.
 */
export async function recordReceipt(driver: Driver, args: RecordReceipt): Promise<RecordedReceipt> {
  const conversationIds = await driver.readBehindWrites((tx) => findConversations(tx, args));
  const deliveries: RecordedDelivery[] = [];
  for (const conversationId of conversationIds) {
    deliveries.push(
      ...(await driver.write({ conversationId }, (tx) => recordInConversation(tx, args, conversationId))),
    );
  }
  return { deliveries };
}
