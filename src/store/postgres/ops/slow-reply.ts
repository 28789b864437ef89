import type { AnswerTurn } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
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
  const ready = db.prepare<[...Key, number]>(`
    UPDATE slow_reply SET state = 'ready', ready_at = $3
    WHERE slot = $1 AND turn_id = $2 AND state IN ('offered', 'told', 'failed')`);
  // An agent may give its answer in parts and end with an empty one: the person has all of it.
  const fail = db.prepare<Key>(`
    UPDATE slow_reply
    SET state = CASE WHEN EXISTS (SELECT 1 FROM turn AS t JOIN delivery AS d ON d.slot = $1 AND d.turn_id = t.turn_id
                                  WHERE t.slot = $1 AND t.turn_id = $2 AND t.state = 'done'
                                    AND d.kind = 'answer' AND d.state = 'sent')
                THEN 'told' ELSE 'failed' END
    WHERE slot = $1 AND turn_id = $2 AND state = 'offered'`);
  const tell = db.prepare<Key>(`
    UPDATE slow_reply AS s
    SET state = CASE (SELECT t.state FROM turn AS t WHERE t.slot = $1 AND t.turn_id = s.turn_id)
                WHEN 'leased' THEN 'offered' ELSE 'told' END
    WHERE s.slot = $1 AND s.conversation_id = $2 AND s.state = 'ready'
      AND NOT EXISTS (SELECT 1 FROM delivery AS d
                      WHERE d.slot = $1 AND d.turn_id = s.turn_id AND d.kind = 'answer' AND d.state <> 'sent')`);
  const unsentButtons = db.prepare<Key, { delivery_id: string }>(`
    SELECT delivery_id FROM delivery WHERE slot = $1 AND turn_id = $2 AND kind = 'button' AND state = 'pending'`);
  const takeBack = prepareTakeBack({ db });
  const open = db.prepare<[...Key, string, string, number, number, number | null]>(`
    INSERT INTO slow_reply (slot, turn_id, ticket, conversation_id, state, offered_at, expires_at, ready_at, push_after_ms)
    VALUES ($1, $2, $3, $4, 'ready', $5, $6, $5, $7) ON CONFLICT DO NOTHING`);

  return {
    /** The answer needs several calls: the first free one gets a button for the rest. */
    async rest({ turnId, conversationId, now, rest }: Rest): Promise<void> {
      const expiresAt = now + rest.expiresAfterMs;
      await open.run(...keyOf(turnId), chance.id("tap"), conversationId, now, expiresAt, rest.pushAfterMs);
    },

    /** An answer is there: a button that is still here has nothing to say any more. */
    async answered(turnId: string, now: number): Promise<void> {
      for (const { delivery_id: deliveryId } of await unsentButtons.all(...keyOf(turnId)))
        await takeBack(deliveryId, now);
      await ready.run(...keyOf(turnId), now);
    },

    /** The turn ended without an answer, or without more of it. */
    async failed(turnId: string): Promise<void> {
      await fail.run(...keyOf(turnId));
    },

    /** Something of that conversation was sent: what waited for a tap may be complete. */
    async sent(conversationId: string): Promise<void> {
      await tell.run(...keyOf(conversationId));
    },
  };
}

/**
 * Our own words that have nothing to say any more leave no trace: certainly nobody has them. What rode on them is looked
 * at once: there may be a time at which it is paid for.
 */
export function prepareTakeBack({ db }: Pick<Context, "db">) {
  const releaseTokens = prepareReleaseTokens({ db });
  const setDown = db.prepare<[...Key, number]>(
    "UPDATE delivery SET carrier_id = NULL, due_at = $3 WHERE slot = $1 AND carrier_id = $2",
  );
  const deleteAttempts = db.prepare<Key>("DELETE FROM attempt WHERE slot = $1 AND delivery_id = $2");
  const deleteDelivery = db.prepare<Key>("DELETE FROM delivery WHERE slot = $1 AND delivery_id = $2");

  return async function takeBack(deliveryId: string, now: number): Promise<void> {
    await releaseTokens(deliveryId, null);
    await setDown.run(...keyOf(deliveryId), now);
    await deleteAttempts.run(...keyOf(deliveryId));
    await deleteDelivery.run(...keyOf(deliveryId));
  };
}
