import { tokenFallbackLeadMs } from "../../core/route.ts";
import { statement } from "../statement.ts";
import type { Prompted, PromptWithButton } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { messagesOf } from "./bundle-messages.ts";
import { insertDelivery } from "./insert-delivery.ts";
import { type ParkedRow, parkedIn } from "./parked.ts";
import { requireLease } from "./require-lease.ts";

interface TokenRow {
  received_at: number;
  expires_at: number;
}

/** Else what waits for a free route would take the token for itself, and this turn's answer would have none. */
const BEFORE_TOKEN_FALLBACK_MS = 1_000;

const LAST_TOKEN = statement<{ turnId: string }, TokenRow>(`
  SELECT r.received_at, r.expires_at FROM event AS e JOIN reply_token AS r ON r.event_id = e.event_id
  WHERE e.turn_id = :turnId AND r.state = 'unused' ORDER BY r.expires_at DESC LIMIT 1`);

interface NewSlowReply {
  turnId: string;
  callbackToken: string;
  conversationId: string;
  now: number;
  expiresAt: number;
  pushAfterMs: number | null;
}

const INSERT_CALLBACK_TOKEN = statement<NewSlowReply>(`
  INSERT INTO slow_reply (turn_id, callback_token, conversation_id, state, prompted_at, expires_at, push_after_ms)
  VALUES (:turnId, :callbackToken, :conversationId, 'prompted', :now, :expiresAt, :pushAfterMs)`);

const CARRY = statement<{ deliveryId: string; bundledInto: string }>(
  "UPDATE delivery SET bundled_into = :bundledInto, due_at = NULL WHERE delivery_id = :deliveryId",
);

export async function promptWithButton(tx: Transaction, prompt: PromptWithButton): Promise<Prompted> {
  const { conversation_id: conversationId, replied, has_button: hasButton } = await requireLease(tx, prompt);
  const { turnId, pushAfterMs } = prompt;
  if (replied === 1 || hasButton === 1) return { kind: "none" };
  const now = tx.now();
  const token = await tx.get(LAST_TOKEN, { turnId });
  if (token === undefined || token.expires_at - now <= prompt.marginMs) return { kind: "none" };
  const parked = await parkedIn(tx, conversationId, now);
  const latestAt =
    token.expires_at - tokenFallbackLeadMs(prompt.marginMs) - (parked.length > 0 ? BEFORE_TOKEN_FALLBACK_MS : 0);
  const inMs = Math.min(token.received_at + prompt.afterMs, latestAt) - now;
  if (inMs > 0) return { kind: "later", inMs };
  const callbackToken = tx.random.id("tap");
  const expiresAt = now + prompt.expiresAfterMs;
  await tx.run(INSERT_CALLBACK_TOKEN, { turnId, callbackToken, conversationId, now, expiresAt, pushAfterMs });
  const messages = prompt.messages(callbackToken);
  const { deliveryId } = await insertDelivery(tx, { conversationId, turnId, kind: "button", messages, now });
  await bundleParked(tx, parked, deliveryId, prompt.messagesPerCall - messages.length);
  return { kind: "prompted", deliveryId };
}

/** What waits for a free route is bundled in front of the button, oldest first, as far as the call has room. */
async function bundleParked(
  tx: Transaction,
  parked: readonly ParkedRow[],
  bundledInto: string,
  room: number,
): Promise<void> {
  let left = room;
  for (const { delivery_id: deliveryId, messages } of parked) {
    left -= (await messagesOf(tx, deliveryId, messages)).length;
    if (left < 0) return;
    await tx.run(CARRY, { deliveryId, bundledInto });
  }
}
