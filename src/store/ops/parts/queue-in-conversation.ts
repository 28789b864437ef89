import type { AccountStatus } from "../../../core/account.ts";
import { accountKeyOf } from "../../../core/conversation.ts";
import { type PackedCall, packCalls } from "../../../core/pack-calls.ts";
import type { RefusedDelivery } from "../../attempt.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../../rows.ts";
import { statement } from "../../statement.ts";
import type { Queued, QueueMessages } from "../../store.ts";
import type { Transaction } from "../../transaction.ts";
import { inStoreTime, tokensWithoutTurn } from "./delivery-view.ts";
import { findResult, recordResult } from "./idempotency-keys.ts";
import { insertDelivery, type NewDelivery } from "./insert-delivery.ts";

const SELECT_CONVERSATION = statement<
  { conversationId: string },
  ConversationRow & { readonly window_ends_at: number | null; readonly account_status: AccountStatus | null }
>(`
  SELECT ${CONVERSATION_COLUMNS}, c.window_ends_at, a.status AS account_status
  FROM conversation AS c LEFT JOIN account AS a ON a.channel = c.channel AND a.account = c.account
  WHERE c.conversation_id = :conversationId`);

export async function queueInConversation(
  tx: Transaction,
  order: QueueMessages,
  conversationId: string,
): Promise<Queued | null> {
  // Pipelined: one round trip.
  const [row, earlier] = await Promise.all([
    tx.get(SELECT_CONVERSATION, { conversationId }),
    findResult(tx, conversationId, order.key),
  ]);
  if (row === undefined) return null;
  const now = tx.now();
  const target = { conversationId, ofAccount: accountKeyOf(order.to) };
  const calls = callsOf(order);
  const queued = earlier === null ? await insertAll(tx, target, calls, order, now) : { ...earlier, refused: [] };
  const { deliveryIds, refused } = queued;
  if (earlier === null) await recordResult(tx, conversationId, order.key, { fence: 0, deliveryIds }, now);
  const tokens = await tokensWithoutTurn(tx, conversationId, now);
  return {
    conversation: toConversation(row),
    deliveryIds,
    refused,
    repeated: earlier !== null,
    now,
    messages: calls.map(({ own }) => own),
    tokens,
    windowEndsAt: inStoreTime(tx, row.window_ends_at, now),
    isAccountStopped: row.account_status === "stopped",
  };
}

function callsOf({ messages, messagesPerCall }: QueueMessages): readonly PackedCall[] {
  return packCalls(
    messages.map(({ message, problem }) => ({ bundledId: null, messages: [message], problem })),
    messagesPerCall,
  );
}

async function insertAll(
  tx: Transaction,
  target: Pick<NewDelivery, "conversationId" | "ofAccount">,
  calls: readonly PackedCall[],
  { deliverBy }: QueueMessages,
  now: number,
): Promise<Pick<Queued, "deliveryIds" | "refused">> {
  const deliveryIds: string[] = [];
  const refused: RefusedDelivery[] = [];
  for (const { own, problem } of calls) {
    const inserted = await insertDelivery(tx, { ...target, turnId: null, messages: own, now, deliverBy, problem });
    deliveryIds.push(inserted.deliveryId);
    if (inserted.refused !== null) refused.push(inserted.refused);
  }
  return { deliveryIds, refused };
}
