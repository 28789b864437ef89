import { accountKeyOf } from "../../../core/conversation.ts";
import type { InboundEvent } from "../../../core/event.ts";
import { answerButtonCallback, deliveryKindOf, type SlowReplyState } from "../../../core/slow-reply.ts";
import { statement } from "../../statement.ts";
import type { IngestPolicy } from "../../store.ts";
import type { Transaction } from "../../transaction.ts";
import { setAnswerDue } from "./bundle.ts";
import { insertDelivery } from "./insert-delivery.ts";

interface CallbackTokenRow {
  turn_id: string;
  state: SlowReplyState;
  expires_at: number;
}

interface ReceivedCallback {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
  readonly policy: IngestPolicy;
}

const SELECT_CALLBACK_TOKEN = statement<{ conversationId: string; callbackToken: string }, CallbackTokenRow>(`
  SELECT turn_id, state, expires_at FROM slow_reply WHERE conversation_id = :conversationId AND callback_token = :callbackToken`);

const COUNT_ASKERS = statement<{ turnId: string; senderId: string }, { known: number; mine: number }>(`
  SELECT count(sender_id) AS known, count(*) FILTER (WHERE sender_id = :senderId) AS mine FROM event
  WHERE turn_id = :turnId`);

const HAS_WAITING = statement<{ turnId: string }, { waiting: number }>(`
  SELECT EXISTS (SELECT 1 FROM delivery WHERE turn_id = :turnId AND kind = 'answer'
                 AND state IN ('pending', 'sending', 'unknown', 'parked')) AS waiting`);

/** Part of `ingest`: a tap on one of our buttons. The reply token of its event pays for the response. */
export async function buttonCallback(
  tx: Transaction,
  { event, conversationId, now, policy }: ReceivedCallback,
): Promise<boolean> {
  const callbackToken = event.callbackToken ?? null;
  if (callbackToken === null) return false;
  const row = await tx.get(SELECT_CALLBACK_TOKEN, { conversationId, callbackToken });
  const turnId = row?.turn_id ?? null;
  const answer = answerButtonCallback({
    state: row?.state ?? null,
    waiting: turnId !== null && (await tx.get(HAS_WAITING, { turnId }))?.waiting === 1,
    mine: turnId === null || (await isAsker(tx, turnId, event.sender?.id ?? null)),
    now,
    expiresAt: row?.expires_at ?? 0,
  });
  if (answer === "deliver") {
    if (turnId !== null) await setAnswerDue(tx, turnId, now);
    return true;
  }
  const messages = policy.systemMessage?.(answer, callbackToken) ?? [];
  if (messages.length === 0) return false;
  const kind = deliveryKindOf(answer);
  await insertDelivery(tx, {
    conversationId,
    ofAccount: accountKeyOf(event.conversation),
    turnId,
    kind,
    messages,
    now,
  });
  return true;
}

/** True also when the platform doesn't say who tapped, as in a group. */
async function isAsker(tx: Transaction, turnId: string, senderId: string | null): Promise<boolean> {
  if (senderId === null) return true;
  const askers = await tx.get(COUNT_ASKERS, { turnId, senderId });
  return askers === undefined || askers.known === 0 || askers.mine > 0;
}
