import { statement } from "../statement.ts";
import type { AnswerTurn } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { releaseTokens } from "./release-tokens.ts";

/* The steps of a slow reply that other operations take along. The machine stands in `core/slow-reply.ts`. */

interface Rest {
  readonly turnId: string;
  readonly conversationId: string;
  readonly now: number;
  readonly rest: NonNullable<AnswerTurn["rest"]>;
}

const READY = statement<{ turnId: string; now: number }>(`
  UPDATE slow_reply SET state = 'ready', ready_at = :now
  WHERE turn_id = :turnId AND state IN ('prompted', 'delivered', 'failed')`);

// An agent may give its answer in parts and end with an empty one: the person has all of it.
const FAIL = statement<{ turnId: string }>(`
  UPDATE slow_reply
  SET state = CASE WHEN EXISTS (SELECT 1 FROM turn AS t JOIN delivery AS d ON d.turn_id = t.turn_id
                                WHERE t.turn_id = slow_reply.turn_id AND t.state = 'done'
                                  AND d.kind = 'answer' AND d.state = 'sent')
              THEN 'delivered' ELSE 'failed' END
  WHERE turn_id = :turnId AND state = 'prompted'`);

const TELL = statement<{ conversationId: string }>(`
  UPDATE slow_reply SET state = CASE (SELECT t.state FROM turn AS t WHERE t.turn_id = slow_reply.turn_id)
                                WHEN 'leased' THEN 'prompted' ELSE 'delivered' END
  WHERE conversation_id = :conversationId AND state = 'ready'
    AND NOT EXISTS (SELECT 1 FROM delivery AS d
                    WHERE d.turn_id = slow_reply.turn_id AND d.kind = 'answer' AND d.state <> 'sent')`);

const UNSENT_BUTTONS = statement<{ turnId: string }, { delivery_id: string }>(
  "SELECT delivery_id FROM delivery WHERE turn_id = :turnId AND kind = 'button' AND state = 'pending'",
);

interface NewSlowReply {
  turnId: string;
  callbackToken: string;
  conversationId: string;
  now: number;
  expiresAt: number;
  pushAfterMs: number | null;
}

const OPEN = statement<NewSlowReply>(`
  INSERT INTO slow_reply (turn_id, callback_token, conversation_id, state, prompted_at, expires_at, ready_at, push_after_ms)
  VALUES (:turnId, :callbackToken, :conversationId, 'ready', :now, :expiresAt, :now, :pushAfterMs) ON CONFLICT DO NOTHING`);

const UNBUNDLE = statement<{ bundledInto: string; now: number }>(
  "UPDATE delivery SET bundled_into = NULL, due_at = :now WHERE bundled_into = :bundledInto",
);

const DELETE_ATTEMPTS = statement<{ deliveryId: string }>("DELETE FROM attempt WHERE delivery_id = :deliveryId");

const DELETE_DELIVERY = statement<{ deliveryId: string }>("DELETE FROM delivery WHERE delivery_id = :deliveryId");

/** The answer needs several calls: the first free one gets a button for the rest. */
export async function rest(tx: Transaction, { turnId, conversationId, now, rest }: Rest): Promise<void> {
  const { pushAfterMs } = rest;
  const expiresAt = now + rest.expiresAfterMs;
  await tx.run(OPEN, { turnId, callbackToken: tx.random.id("tap"), conversationId, now, expiresAt, pushAfterMs });
}

/** An answer is there: a button that is still here has nothing to say any more. */
export async function answered(tx: Transaction, turnId: string, now: number): Promise<void> {
  for (const { delivery_id: deliveryId } of await tx.all(UNSENT_BUTTONS, { turnId })) {
    await discardSystemMessage(tx, deliveryId, now);
  }
  await tx.run(READY, { turnId, now });
}

/** The turn ended without an answer, or without more of it. */
export async function failed(tx: Transaction, turnId: string): Promise<void> {
  await tx.run(FAIL, { turnId });
}

/** Something of that conversation was sent: what waited for a tap may be complete. */
export async function sent(tx: Transaction, conversationId: string): Promise<void> {
  await tx.run(TELL, { conversationId });
}

/**
 * Deletes a system message that is no longer needed and was definitely not accepted. Deliveries bundled into it become due:
 * each may have a time at which it is pushed.
 */
export async function discardSystemMessage(tx: Transaction, deliveryId: string, now: number): Promise<void> {
  await releaseTokens(tx, deliveryId, null);
  await tx.run(UNBUNDLE, { bundledInto: deliveryId, now });
  await tx.run(DELETE_ATTEMPTS, { deliveryId });
  await tx.run(DELETE_DELIVERY, { deliveryId });
}
