import { find, type NotedDelivery, note as noteIn } from "./ops/note-receipt.ts";
import type { NotedReceipt, NoteReceipt } from "./store.ts";
import type { Driver } from "./transaction.ts";

/**
 * A receipt names a message or a call, and not the conversation. One read finds that out; what is noted is looked for
 * again under its lock. What nobody here has sent costs no transaction.
 */
export async function noteReceipt(driver: Driver, note: NoteReceipt): Promise<NotedReceipt> {
  const conversationIds = await driver.read((tx) => find(tx, note));
  const deliveries: NotedDelivery[] = [];
  for (const conversationId of conversationIds) {
    deliveries.push(...(await driver.write({ conversationId }, (tx) => noteIn(tx, note, conversationId))));
  }
  return { deliveries };
}
