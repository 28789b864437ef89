import type { NotedReceipt, NoteReceipt } from "../store.ts";
import type { NotedDelivery } from "./ops/note-receipt.ts";
import type { Transactions } from "./transactions.ts";

/**
 * A receipt names a message or a call, and not the conversation. One look finds that out; what is noted is looked for
 * again under its lock. What nobody here has sent costs no transaction.
 */
export async function noteReceipt(transactions: Transactions, note: NoteReceipt): Promise<NotedReceipt> {
  const conversationIds = await transactions.read(({ ops }) => ops.noteReceipt.find(note));
  const deliveries: NotedDelivery[] = [];
  for (const conversationId of conversationIds) {
    const noted = await transactions.write(
      (locks) => locks.ofConversation(conversationId),
      ({ ops }) => ops.noteReceipt.note(note, conversationId),
    );
    deliveries.push(...noted);
  }
  return { deliveries };
}
