import { find, type RecordedDelivery, record } from "./ops/record-receipt.ts";
import type { RecordedReceipt, RecordReceipt } from "./store.ts";
import type { Driver } from "./transaction.ts";

/**
 * A receipt names a message or a call, and not the conversation. One read finds that out; what is recorded is looked for
 * again under its lock. What nobody here has sent costs no transaction. The call's own answer may have come a moment before,
 * with the message's id by which the receipt finds it.
 */
export async function recordReceipt(driver: Driver, args: RecordReceipt): Promise<RecordedReceipt> {
  const conversationIds = await driver.readBehindWrites((tx) => find(tx, args));
  const deliveries: RecordedDelivery[] = [];
  for (const conversationId of conversationIds) {
    deliveries.push(...(await driver.write({ conversationId }, (tx) => record(tx, args, conversationId))));
  }
  return { deliveries };
}
