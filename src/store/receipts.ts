import { find, type NotedDelivery, note as noteIn } from "./ops/note-receipt.ts";
import type { NotedReceipt, NoteReceipt } from "./store.ts";
import type { Driver } from "./transaction.ts";

/**
 * A receipt names a message or a call, and not the conversation. One read finds that out; what is noted is looked for
 * again under its lock. What nobody here has sent costs no transaction. The call's own answer may have come a moment before,
 * with the message's id by which the receipt finds it.
 */
export async function noteReceipt(driver: Driver, note: NoteReceipt): Promise<NotedReceipt> {
  const conversationIds = await driver.readBehindWrites((tx) => find(tx, note));
  const deliveries: NotedDelivery[] = [];
  for (const conversationId of conversationIds) {
    deliveries.push(...(await driver.write({ conversationId }, (tx) => noteIn(tx, note, conversationId))));
  }
  return { deliveries };
}
