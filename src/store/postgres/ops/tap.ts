import type { InboundEvent } from "../../../core/event.ts";
import { answerTap, deliveryKindOf, type SlowReplyState } from "../../../core/slow-reply.ts";
import type { IngestPolicy } from "../../store.ts";
import { type Key, keyOf, newId, slotOf } from "../slot.ts";
import type { Context } from "./context.ts";

interface TicketRow {
  turn_id: string;
  state: SlowReplyState;
  expires_at: number;
}

interface Tapped {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
  readonly policy: IngestPolicy;
}

/** The part of `ingest` for a tap on one of our buttons. Its event has brought a free token, which pays for all of it. */
export function prepareTap({ db, chance }: Context) {
  const selectTicket = db.prepare<[...Key, string], TicketRow>(`
    SELECT turn_id, state, expires_at FROM slow_reply
    WHERE slot = $1 AND conversation_id = $2 AND ticket = $3`);
  const countAskers = db.prepare<[...Key, string], { known: number; mine: number }>(`
    SELECT count(sender_id) AS known, count(*) FILTER (WHERE sender_id = $3) AS mine FROM event
    WHERE slot = $1 AND turn_id = $2`);
  const hasWaiting = db.prepare<Key, { waiting: boolean }>(`
    SELECT EXISTS (SELECT 1 FROM delivery WHERE slot = $1 AND turn_id = $2 AND kind = 'answer'
                   AND state IN ('pending', 'sending', 'unknown', 'parked')) AS waiting`);
  // A part that rides on a later answer moves with that one.
  const letItGo = db.prepare<[...Key, number]>(`
    WITH RECURSIVE up (id, carrier) AS (
      SELECT delivery_id, carrier_id FROM delivery
      WHERE slot = $1 AND turn_id = $2 AND kind = 'answer' AND state = 'parked'
      UNION SELECT d.delivery_id, d.carrier_id FROM delivery AS d JOIN up ON d.delivery_id = up.carrier
      WHERE d.slot = $1)
    UPDATE delivery SET due_at = $3
    WHERE slot = $1 AND delivery_id IN (SELECT id FROM up WHERE carrier IS NULL) AND state = 'parked'`);
  const insert = db.prepare<[...Key, string, string | null, string, string, number]>(`
    INSERT INTO delivery (slot, delivery_id, conversation_id, turn_id, kind, state, messages, due_at, created_at,
                          state_since)
    VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $7, $7)`);

  /** A group's platform may not say who tapped. */
  async function isAsker(turnId: string, senderId: string | null): Promise<boolean> {
    if (senderId === null) return true;
    const askers = await countAskers.get(...keyOf(turnId), senderId);
    return askers === undefined || askers.known === 0 || askers.mine > 0;
  }

  return async function tap({ event, conversationId, now, policy }: Tapped): Promise<boolean> {
    const ticket = event.tap ?? null;
    if (ticket === null) return false;
    const row = await selectTicket.get(...keyOf(conversationId), ticket);
    const turnId = row?.turn_id ?? null;
    const answer = answerTap({
      state: row?.state ?? null,
      waiting: turnId !== null && (await hasWaiting.get(...keyOf(turnId)))?.waiting === true,
      mine: turnId === null || (await isAsker(turnId, event.sender?.id ?? null)),
      now,
      expiresAt: row?.expires_at ?? 0,
    });
    if (answer === "deliver") {
      if (turnId !== null) await letItGo.run(...keyOf(turnId), now);
      return true;
    }
    const messages = policy.notice?.(answer, ticket) ?? [];
    if (messages.length === 0) return false;
    const kind = deliveryKindOf(answer);
    const deliveryId = newId(chance, "dlv", slotOf(conversationId));
    await insert.run(...keyOf(deliveryId), conversationId, turnId, kind, JSON.stringify(messages), now);
    return true;
  };
}
