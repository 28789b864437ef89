import { rescueLeadMs } from "../../../core/route.ts";
import type { OfferButton, Offered } from "../../store.ts";
import { type Key, keyOf, newId, slotOf } from "../slot.ts";
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
  const messagesOf = prepareLoad(context);
  const hasTicket = db.prepare<Key>("SELECT 1 FROM slow_reply WHERE slot = $1 AND turn_id = $2");
  const lastToken = db.prepare<Key, TokenRow>(`
    SELECT r.received_at, r.expires_at
    FROM event AS e JOIN reply_token AS r ON r.slot = e.slot AND r.event_id = e.event_id
    WHERE e.slot = $1 AND e.turn_id = $2 AND r.state = 'unused' ORDER BY r.expires_at DESC LIMIT 1`);
  const insertTicket = db.prepare<[...Key, string, string, number, number, number | null]>(`
    INSERT INTO slow_reply (slot, turn_id, ticket, conversation_id, state, offered_at, expires_at, push_after_ms)
    VALUES ($1, $2, $3, $4, 'offered', $5, $6, $7)`);
  const insertButton = db.prepare<[...Key, string, string, string, number]>(`
    INSERT INTO delivery (slot, delivery_id, conversation_id, turn_id, kind, state, messages, due_at, created_at,
                          state_since)
    VALUES ($1, $2, $3, $4, 'button', 'pending', $5, $6, $6, $6)`);
  const parkedIn = prepareParked(context);
  const carry = db.prepare<[...Key, string]>(
    "UPDATE delivery SET carrier_id = $3, due_at = NULL WHERE slot = $1 AND delivery_id = $2",
  );

  /** What waits for a free road rides in front of the button, oldest first, as far as the call has room. */
  async function takeAlong(parked: readonly ParkedRow[], deliveryId: string, room: number): Promise<void> {
    let left = room;
    for (const row of parked) {
      left -= (await messagesOf(row.delivery_id, row.messages)).length;
      if (left < 0) return;
      await carry.run(...keyOf(row.delivery_id), deliveryId);
    }
  }

  return async function offerButton(offer: OfferButton): Promise<Offered> {
    const { conversation_id: conversationId, replied } = await hold(offer);
    const key = keyOf(offer.turnId);
    if (replied === 1 || (await hasTicket.get(...key)) !== undefined) return { kind: "none" };
    const now = clock.now();
    const token = await lastToken.get(...key);
    if (token === undefined || token.expires_at - now <= offer.marginMs) return { kind: "none" };
    const parked = await parkedIn(conversationId, now);
    const latestAt = token.expires_at - rescueLeadMs(offer.marginMs) - (parked.length > 0 ? BEFORE_RESCUE_MS : 0);
    const inMs = Math.min(token.received_at + offer.afterMs, latestAt) - now;
    if (inMs > 0) return { kind: "later", inMs };
    const ticket = chance.id("tap");
    const deliveryId = newId(chance, "dlv", slotOf(conversationId));
    await insertTicket.run(...key, ticket, conversationId, now, now + offer.expiresAfterMs, offer.pushAfterMs);
    const messages = offer.messages(ticket);
    await insertButton.run(...keyOf(deliveryId), conversationId, offer.turnId, JSON.stringify(messages), now);
    await takeAlong(parked, deliveryId, offer.messagesPerCall - messages.length);
    return { kind: "offered", deliveryId };
  };
}
