import type { DeliveryKind } from "../../../core/slow-reply.ts";
import { statement } from "../../statement.ts";
import type { AnswerTurn } from "../../store.ts";
import type { Transaction } from "../../transaction.ts";
import { unbundle } from "./bundle.ts";
import { deleteDelivery } from "./delete-rows.ts";
import { releaseTokens } from "./release-tokens.ts";

/*
 * The steps of a slow reply within other operations; its states are drawn in `core/slow-reply.ts`. Only this file,
 * `button-callback.ts` (a tap), `transcript.ts` (what an operator sees) and `delete-rows.ts` (with the turn) know the table.
 */

/** SQL: the turn has or had a button. */
export const hasButton = (turnId: string) => `EXISTS (SELECT 1 FROM slow_reply AS s WHERE s.turn_id = ${turnId})`;

/** SQL: the turn's answer waits for a tap. */
export const isReady = (turnId: string) =>
  `EXISTS (SELECT 1 FROM slow_reply AS s WHERE s.turn_id = ${turnId} AND s.state = 'ready')`;

/** SQL: an answer of the conversation waits for a tap. */
export const hasReady = (conversationId: string) =>
  `EXISTS (SELECT 1 FROM slow_reply AS s WHERE s.conversation_id = ${conversationId} AND s.state = 'ready')`;

const READY = statement<{ turnId: string; now: number }>(`
  UPDATE slow_reply SET state = 'ready', ready_at = :now
  WHERE turn_id = :turnId AND state IN ('prompted', 'delivered', 'failed')`);

// An agent may send its answer in parts and end with an empty one: then all of it was delivered.
const FAIL = statement<{ turnId: string }>(`
  UPDATE slow_reply
  SET state = CASE WHEN EXISTS (SELECT 1 FROM turn AS t JOIN delivery AS d ON d.turn_id = t.turn_id
                                WHERE t.turn_id = slow_reply.turn_id AND t.state = 'done'
                                  AND d.kind = 'answer' AND d.state = 'sent')
              THEN 'delivered' ELSE 'failed' END
  WHERE turn_id = :turnId AND state = 'prompted'`);

const MARK_DELIVERED = statement<{ conversationId: string }>(`
  UPDATE slow_reply SET state = CASE (SELECT t.state FROM turn AS t WHERE t.turn_id = slow_reply.turn_id)
                                WHEN 'leased' THEN 'prompted' ELSE 'delivered' END
  WHERE conversation_id = :conversationId AND state = 'ready'
    AND NOT EXISTS (SELECT 1 FROM delivery AS d
                    WHERE d.turn_id = slow_reply.turn_id AND d.kind = 'answer' AND d.state <> 'sent')`);

const UNSENT_BUTTONS = statement<{ turnId: string }, { delivery_id: string }>(
  "SELECT delivery_id FROM delivery WHERE turn_id = :turnId AND kind = 'button' AND state = 'pending'",
);

interface ButtonRow {
  callback_token: string;
  ready_at: number | null;
  push_after_ms: number | null;
  has_button: number;
}

const SELECT_BUTTON = statement<{ turnId: string }, ButtonRow>(
  ({ contains }) => `
  SELECT s.callback_token, s.ready_at, s.push_after_ms,
         EXISTS (SELECT 1 FROM delivery AS b
                 LEFT JOIN attempt AS a ON a.delivery_id = b.delivery_id AND a.attempt = b.attempts
                 WHERE b.turn_id = s.turn_id AND b.state = 'sent'
                   AND (b.kind = 'button'
                        OR (b.kind = 'answer' AND b.route = 'reply' AND ${contains("a.body", "s.callback_token")}))) AS has_button
  FROM slow_reply AS s WHERE s.turn_id = :turnId AND s.state = 'ready'`,
);

const SELECT_MORE = statement<{ turnId: string; deliveryId: string }, { more: number }>(`
  SELECT EXISTS (SELECT 1 FROM delivery
                 WHERE turn_id = :turnId AND kind = 'answer' AND delivery_id <> :deliveryId
                   AND bundled_into IS DISTINCT FROM :deliveryId AND state IN ('pending', 'parked')) AS more`);

interface NewSlowReply {
  turnId: string;
  callbackToken: string;
  conversationId: string;
  state: "prompted" | "ready";
  now: number;
  expiresAt: number;
  readyAt: number | null;
  pushAfterMs: number | null;
}

const OPEN = statement<NewSlowReply>(`
  INSERT INTO slow_reply (turn_id, callback_token, conversation_id, state, prompted_at, expires_at, ready_at, push_after_ms)
  VALUES (:turnId, :callbackToken, :conversationId, :state, :now, :expiresAt, :readyAt, :pushAfterMs)
  ON CONFLICT DO NOTHING`);

interface NewButton extends Pick<NonNullable<AnswerTurn["restButton"]>, "pushAfterMs" | "expiresAfterMs"> {
  readonly turnId: string;
  readonly conversationId: string;
  /** `ready`: the answer needs several calls, and the first free one gets a button for the rest. */
  readonly state: "prompted" | "ready";
  readonly now: number;
}

/** The callback token of a turn's new button. A turn that has one keeps that one. */
export async function open(tx: Transaction, { expiresAfterMs, ...button }: NewButton): Promise<string> {
  const { state, now } = button;
  const callbackToken = tx.random.id("tap");
  const readyAt = state === "ready" ? now : null;
  await tx.run(OPEN, { ...button, callbackToken, expiresAt: now + expiresAfterMs, readyAt });
  return callbackToken;
}

/** The answer is ready: unsent buttons are discarded. */
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

/** A delivery of the conversation was sent: an answer that waited for a tap may be complete. */
export async function sent(tx: Transaction, conversationId: string): Promise<void> {
  await tx.run(MARK_DELIVERED, { conversationId });
}

/** Deletes a system message that is no longer needed and was definitely not accepted. */
export async function discardSystemMessage(tx: Transaction, deliveryId: string, now: number): Promise<void> {
  await releaseTokens(tx, deliveryId, null);
  await unbundle(tx, deliveryId, now);
  await deleteDelivery(tx, deliveryId);
}

/** The button's part in choosing a route. */
export interface Button {
  /** The person has a button: no paid route before `pushAt` (epoch ms; `null`: never). */
  readonly buttonFirst: { readonly pushAt: number | null } | null;
  /** The callback token, where more of the same answer waits. */
  readonly more: string | null;
}

export const NO_BUTTON: Button = { buttonFirst: null, more: null };

/**
 * Whether the person has a button for this answer (of its own, or under an earlier part), and whether more of it waits. An
 * earlier part has no button when another token was available for the rest, so its recorded bytes are searched.
 */
export async function buttonFor(
  tx: Transaction,
  row: { readonly turn_id: string | null; readonly delivery_id: string; readonly delivery_kind: DeliveryKind },
): Promise<Button> {
  const { turn_id: turnId, delivery_id: deliveryId, delivery_kind: kind } = row;
  const reply = turnId === null || kind !== "answer" ? undefined : await tx.get(SELECT_BUTTON, { turnId });
  if (turnId === null || reply === undefined) return NO_BUTTON;
  const more = (await tx.get(SELECT_MORE, { turnId, deliveryId }))?.more === 1 ? reply.callback_token : null;
  // A button that may not have arrived doesn't count: better pushed than never seen.
  if (reply.has_button !== 1) return { buttonFirst: null, more };
  const pushAt = reply.push_after_ms === null ? null : (reply.ready_at ?? 0) + reply.push_after_ms;
  return { buttonFirst: { pushAt }, more };
}
