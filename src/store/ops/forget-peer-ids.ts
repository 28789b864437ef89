import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

const DELETE = statement<{ conversationId: string }>("DELETE FROM peer_id WHERE conversation_id = :conversationId");

export async function forgetPeerIds(tx: Transaction, conversationId: string): Promise<number> {
  return (await tx.run(DELETE, { conversationId })).changes;
}
