import { rescueLeadMs } from "../../../core/route.ts";
import type { OfferButton, Offered } from "../../store.ts";
import { newId } from "../ids.ts";
import type { Context } from "./context.ts";
import { prepareHeld } from "./held.ts";
import { prepareLoad } from "./load.ts";
import { type ParkedRow, prepareParked } from "./parked.ts";

interface TokenRow {
  received_at: number;
  expires_at: number;
}

/** Else what waits for a free road would take the token for itself, and this turn's answer would have none. */
const BEFORE_RESCUE_MS = 1_000;

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

  const messagesOf = prepareLoad(context);
  const parkedIn = prepareParked(context);
  const carry = db.prepare<[string, string]>("UPDATE delivery SET carrier_id = ?, due_at = NULL WHERE delivery_id = ?");

  /** What waits for a free road rides in front of the button, oldest first, as far as the call has room. */
  function takeAlong(parked: readonly ParkedRow[], deliveryId: string, room: number): void {
    let left = room;
    for (const row of parked) {
      left -= messagesOf(row.delivery_id, row.messages).length;
      if (left < 0) return;
      carry.run(deliveryId, row.delivery_id);
    }
  }

  return function offerButton(offer: OfferButton): Offered {
    const { conversation_id: conversationId, replied } = hold(offer);
    if (replied === 1 || hasTicket.get(offer.turnId) !== undefined) return { kind: "none" };
    const now = clock.now();
    const token = lastToken.get(offer.turnId);
    if (token === undefined || token.expires_at - now <= offer.marginMs) return { kind: "none" };
    const parked = parkedIn(conversationId, now);
    const latestAt = token.expires_at - rescueLeadMs(offer.marginMs) - (parked.length > 0 ? BEFORE_RESCUE_MS : 0);
    const inMs = Math.min(token.received_at + offer.afterMs, latestAt) - now;
    if (inMs > 0) return { kind: "later", inMs };
    const ticket = chance.id("tap");
    const deliveryId = newId(chance, "dlv", conversationId);
    insertTicket.run(offer.turnId, ticket, conversationId, now, now + offer.expiresAfterMs, offer.pushAfterMs);
    const messages = offer.messages(ticket);
    insertButton.run(deliveryId, conversationId, offer.turnId, JSON.stringify(messages), now, now, now);
    takeAlong(parked, deliveryId, offer.messagesPerCall - messages.length);
    return { kind: "offered", deliveryId };
  };
}
