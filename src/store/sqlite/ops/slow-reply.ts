import type { AnswerTurn } from "../../store.ts";
import type { Context } from "./context.ts";
import { prepareReleaseTokens } from "./release-tokens.ts";

interface Rest {
  readonly turnId: string;
  readonly conversationId: string;
  readonly now: number;
  readonly rest: NonNullable<AnswerTurn["rest"]>;
}

/** The steps of a slow reply that other operations take along. The machine stands in `core/slow-reply.ts`. */
export function prepareSlowReply({ db, chance }: Pick<Context, "db" | "chance">) {
  const ready = db.prepare<[number, string]>(`
    UPDATE slow_reply SET state = 'ready', ready_at = ?
    WHERE turn_id = ? AND state IN ('offered', 'told', 'failed')`);
  // An agent may give its answer in parts and end with an empty one: the person has all of it.
  const fail = db.prepare<[string]>(`
    UPDATE slow_reply
    SET state = CASE WHEN EXISTS (SELECT 1 FROM turn AS t JOIN delivery AS d ON d.turn_id = t.turn_id
                                  WHERE t.turn_id = slow_reply.turn_id AND t.state = 'done'
                                    AND d.kind = 'answer' AND d.state = 'sent')
                THEN 'told' ELSE 'failed' END
    WHERE turn_id = ? AND state = 'offered'`);
  const tell = db.prepare<[string]>(`
    UPDATE slow_reply SET state = CASE (SELECT t.state FROM turn AS t WHERE t.turn_id = slow_reply.turn_id)
                                  WHEN 'leased' THEN 'offered' ELSE 'told' END
    WHERE conversation_id = ? AND state = 'ready'
      AND NOT EXISTS (SELECT 1 FROM delivery AS d
                      WHERE d.turn_id = slow_reply.turn_id AND d.kind = 'answer' AND d.state <> 'sent')`);
  const unsentButtons = db.prepare<[string], { delivery_id: string }>(
    "SELECT delivery_id FROM delivery WHERE turn_id = ? AND kind = 'button' AND state = 'pending'",
  );
  const takeBack = prepareTakeBack({ db });
  const open = db.prepare(`
    INSERT INTO slow_reply (turn_id, ticket, conversation_id, state, offered_at, expires_at, ready_at, push_after_ms)
    VALUES (?, ?, ?, 'ready', ?, ?, ?, ?) ON CONFLICT DO NOTHING`);

  return {
    /** The answer needs several calls: the first free one gets a button for the rest. */
    rest({ turnId, conversationId, now, rest }: Rest): void {
      const expiresAt = now + rest.expiresAfterMs;
      open.run(turnId, chance.id("tap"), conversationId, now, expiresAt, now, rest.pushAfterMs);
    },

    /** An answer is there: a button that is still here has nothing to say any more. */
    answered(turnId: string, now: number): void {
      for (const { delivery_id: deliveryId } of unsentButtons.all(turnId)) takeBack(deliveryId, now);
      ready.run(now, turnId);
    },

    /** The turn ended without an answer, or without more of it. */
    failed(turnId: string): void {
      fail.run(turnId);
    },

    /** Something of that conversation was sent: what waited for a tap may be complete. */
    sent(conversationId: string): void {
      tell.run(conversationId);
    },
  };
}

/**
 * Our own words that have nothing to say any more leave no trace: certainly nobody has them. What rode on them is looked
 * at once: there may be a time at which it is paid for.
 */
export function prepareTakeBack({ db }: Pick<Context, "db">) {
  const releaseTokens = prepareReleaseTokens({ db });
  const deleteAttempts = db.prepare<[string]>("DELETE FROM attempt WHERE delivery_id = ?");
  const deleteDelivery = db.prepare<[string]>("DELETE FROM delivery WHERE delivery_id = ?");

  const setDown = db.prepare<[number, string]>(
    "UPDATE delivery SET carrier_id = NULL, due_at = ? WHERE carrier_id = ?",
  );

  return function takeBack(deliveryId: string, now: number): void {
    releaseTokens(deliveryId, null);
    setDown.run(now, deliveryId);
    deleteAttempts.run(deliveryId);
    deleteDelivery.run(deliveryId);
  };
}
