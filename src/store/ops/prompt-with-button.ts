import { tokenFallbackLeadMs } from "../../core/route.ts";
import { statement } from "../statement.ts";
import type { Prompted, PromptWithButton } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { bundle, parkedIn } from "./parts/bundle.ts";
import { insertDelivery } from "./parts/insert-delivery.ts";
import { requireLease } from "./parts/require-lease.ts";
import * as slowReply from "./parts/slow-reply.ts";

interface TokenRow {
  received_at: number;
  expires_at: number;
}

/** Before the token fallback, by which a parked delivery would use the turn's last token. */
const BEFORE_TOKEN_FALLBACK_MS = 1_000;

const LAST_TOKEN = statement<{ turnId: string }, TokenRow>(`
  SELECT r.received_at, r.expires_at FROM event AS e JOIN reply_token AS r ON r.event_id = e.event_id
  WHERE e.turn_id = :turnId AND r.state = 'unused' ORDER BY r.expires_at DESC LIMIT 1`);

export async function promptWithButton(tx: Transaction, prompt: PromptWithButton): Promise<Prompted> {
  const leased = await requireLease(tx, prompt);
  const { conversation_id: conversationId, of_account: ofAccount, replied, has_button: hasButton } = leased;
  const { turnId, pushAfterMs } = prompt;
  if (replied === 1 || hasButton === 1) return { kind: "none" };
  const now = tx.now();
  const token = await tx.get(LAST_TOKEN, { turnId });
  if (token === undefined || token.expires_at - now <= prompt.marginMs) return { kind: "none" };
  const parked = await parkedIn(tx, conversationId);
  const latestAt =
    token.expires_at - tokenFallbackLeadMs(prompt.marginMs) - (parked.length > 0 ? BEFORE_TOKEN_FALLBACK_MS : 0);
  const inMs = Math.min(token.received_at + prompt.afterMs, latestAt) - now;
  if (inMs > 0) return { kind: "later", inMs };
  const { expiresAfterMs } = prompt;
  const button = { turnId, conversationId, state: "prompted", now, expiresAfterMs, pushAfterMs } as const;
  const messages = prompt.messages(await slowReply.open(tx, button));
  const { deliveryId } = await insertDelivery(tx, { conversationId, ofAccount, turnId, kind: "button", messages, now });
  const fitting = asManyAsFit(parked, prompt.messagesPerCall - messages.length);
  await bundle(tx, fitting, deliveryId);
  return { kind: "prompted", deliveryId };
}

/** Bundles parked deliveries in front of the button, oldest first, as far as the call has space. */
function asManyAsFit(parked: Awaited<ReturnType<typeof parkedIn>>, free: number): readonly string[] {
  const ids: string[] = [];
  let left = free;
  for (const { bundledId, messages } of parked) {
    left -= messages.length;
    if (left < 0) break;
    ids.push(bundledId);
  }
  return ids;
}
