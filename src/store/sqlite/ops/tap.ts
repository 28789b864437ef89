import type { InboundEvent } from "../../../core/event.ts";
import { answerTap, deliveryKindOf, type SlowReplyState } from "../../../core/slow-reply.ts";
import type { IngestPolicy } from "../../store.ts";
import { newId } from "../ids.ts";
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
  const selectTicket = db.prepare<[string, string], TicketRow>(
    "SELECT turn_id, state, expires_at FROM slow_reply WHERE ticket = ? AND conversation_id = ?",
  );
  const countAskers = db.prepare<[{ turnId: string; senderId: string }], { known: number; mine: number }>(`
    SELECT count(sender_id) AS known, coalesce(sum(sender_id = :senderId), 0) AS mine FROM event WHERE turn_id = :turnId`);
  const hasWaiting = db.prepare<[string], { waiting: number }>(`
    SELECT EXISTS (SELECT 1 FROM delivery WHERE turn_id = ? AND kind = 'answer'
                   AND state IN ('pending', 'sending', 'unknown', 'parked')) AS waiting`);
  // A part that rides on a later answer moves with that one.
  const letItGo = db.prepare<[{ turnId: string; now: number }]>(`
    WITH RECURSIVE up (id, carrier) AS (
      SELECT delivery_id, carrier_id FROM delivery WHERE turn_id = :turnId AND kind = 'answer' AND state = 'parked'
      UNION SELECT d.delivery_id, d.carrier_id FROM delivery AS d JOIN up ON d.delivery_id = up.carrier)
    UPDATE delivery SET due_at = :now
    WHERE delivery_id IN (SELECT id FROM up WHERE carrier IS NULL) AND state = 'parked'`);
  const insert = db.prepare(`
    INSERT INTO delivery (delivery_id, conversation_id, turn_id, kind, state, messages, due_at, created_at, state_since)
    VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?)`);

  /** A group's platform may not say who tapped. */
  function isAsker(turnId: string, senderId: string | null): boolean {
    if (senderId === null) return true;
    const askers = countAskers.get({ turnId, senderId });
    return askers === undefined || askers.known === 0 || askers.mine > 0;
  }

  return function tap({ event, conversationId, now, policy }: Tapped): boolean {
    const ticket = event.tap ?? null;
    if (ticket === null) return false;
    const row = selectTicket.get(ticket, conversationId);
    const turnId = row?.turn_id ?? null;
    const answer = answerTap({
      state: row?.state ?? null,
      waiting: turnId !== null && hasWaiting.get(turnId)?.waiting === 1,
      mine: turnId === null || isAsker(turnId, event.sender?.id ?? null),
      now,
      expiresAt: row?.expires_at ?? 0,
    });
    if (answer === "deliver") {
      if (turnId !== null) letItGo.run({ turnId, now });
      return true;
    }
    const messages = policy.notice?.(answer, ticket) ?? [];
    if (messages.length === 0) return false;
    const kind = deliveryKindOf(answer);
    insert.run(
      newId(chance, "dlv", conversationId),
      conversationId,
      turnId,
      kind,
      JSON.stringify(messages),
      now,
      now,
      now,
    );
    return true;
  };
}
