import { peerIdsOf } from "../../../core/conversation.ts";
import type { ForgottenTurns } from "../../erasure.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { deleteDelivery, deleteTurn } from "./delete-rows.ts";
import { isOpen } from "./open-delivery.ts";

const SELECT_CONVERSATION = statement<{ conversationId: string }, { peer_id: string }>(
  "SELECT peer_id FROM conversation WHERE conversation_id = :conversationId",
);

const SELECT_PEER_IDS = statement<{ conversationId: string }, { id: string }>(
  "SELECT id FROM peer_id WHERE conversation_id = :conversationId",
);

const SELECT_SENDING = statement<{ conversationId: string }, object>(
  "SELECT 1 FROM delivery WHERE conversation_id = :conversationId AND state = 'sending'",
);

const SELECT_OPEN = statement<{ conversationId: string }, { delivery_id: string }>(`
  SELECT delivery_id FROM delivery
  WHERE conversation_id = :conversationId AND ${isOpen("delivery")}`);

const SELECT_TURNS = statement<{ conversationId: string; limit: number }, { turn_id: string }>(
  "SELECT turn_id FROM turn WHERE conversation_id = :conversationId ORDER BY seq LIMIT :limit",
);

const DELETE_KEYS = statement<{ scope: string }>("DELETE FROM idempotency_key WHERE scope = :scope");

/**
 * Runs under the conversation's lock. An agent that works on one of the turns is fenced when it answers.
 */
export async function deleteTurns(
  tx: Transaction,
  conversationId: string,
  peerId: string,
  limit: number,
): Promise<ForgottenTurns> {
  const conversation = await tx.get(SELECT_CONVERSATION, { conversationId });
  if (conversation === undefined) return { kind: "nobody" };
  if ((await tx.get(SELECT_SENDING, { conversationId })) !== undefined) return { kind: "busy" };
  // Open deliveries first: nothing that is to be erased may be sent between two batches.
  const open = await tx.all(SELECT_OPEN, { conversationId });
  for (const { delivery_id: deliveryId } of open) await deleteDelivery(tx, deliveryId);
  const turns = await tx.all(SELECT_TURNS, { conversationId, limit });
  const sums = { events: 0, deliveries: open.length };
  for (const { turn_id: turnId } of turns) {
    const gone = await deleteTurn(tx, turnId);
    await tx.run(DELETE_KEYS, { scope: turnId });
    sums.events += gone.events;
    sums.deliveries += gone.deliveries;
  }
  await tx.run(DELETE_KEYS, { scope: conversationId });
  const known = (await tx.all(SELECT_PEER_IDS, { conversationId })).map((row) => row.id);
  const peerIds = [...new Set([...peerIdsOf(peerId), conversation.peer_id, ...known])];
  return { kind: "deleted", conversationId, peerIds, turns: turns.length, ...sums, more: turns.length === limit };
}
