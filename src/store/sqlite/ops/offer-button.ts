import type { OfferButton, Offered } from "../../store.ts";
import type { Context } from "./context.ts";
import { prepareHeld } from "./held.ts";

interface TokenRow {
  received_at: number;
  expires_at: number;
}

export function prepareOfferButton(context: Context) {
  const { db, clock, chance } = context;
  const { hold } = prepareHeld(context);
  const hasTicket = db.prepare<[string], { found: number }>("SELECT 1 AS found FROM slow_reply WHERE turn_id = ?");
  const lastToken = db.prepare<[string], TokenRow>(`
    SELECT r.received_at, r.expires_at FROM event AS e JOIN reply_token AS r ON r.event_id = e.event_id
    WHERE e.turn_id = ? AND r.state = 'unused' ORDER BY r.expires_at DESC LIMIT 1`);
  const insertTicket = db.prepare(`
    INSERT INTO slow_reply (turn_id, ticket, conversation_id, state, offered_at, expires_at, push_after_ms)
    VALUES (?, ?, ?, 'offered', ?, ?, ?)`);
  const insertButton = db.prepare(`
    INSERT INTO delivery (delivery_id, conversation_id, turn_id, kind, state, messages, due_at, created_at, state_since)
    VALUES (?, ?, ?, 'button', 'pending', ?, ?, ?, ?)`);

  return function offerButton(offer: OfferButton): Offered {
    const { conversation_id: conversationId, replied } = hold(offer);
    if (replied === 1 || hasTicket.get(offer.turnId) !== undefined) return { kind: "none" };
    const now = clock.now();
    const token = lastToken.get(offer.turnId);
    if (token === undefined || token.expires_at - now <= offer.marginMs) return { kind: "none" };
    const inMs = Math.min(token.received_at + offer.afterMs, token.expires_at - 2 * offer.marginMs) - now;
    if (inMs > 0) return { kind: "later", inMs };
    const ticket = chance.id("tap");
    const deliveryId = chance.id("dlv");
    insertTicket.run(offer.turnId, ticket, conversationId, now, now + offer.expiresAfterMs, offer.pushAfterMs);
    const messages = JSON.stringify(offer.messages(ticket));
    insertButton.run(deliveryId, conversationId, offer.turnId, messages, now, now, now);
    return { kind: "offered", deliveryId };
  };
}
