import { statement } from "../../statement.ts";
import type { AnswerTurn } from "../../store.ts";
import type { Transaction } from "../../transaction.ts";
import { messagesOf } from "./bundle.ts";
import { isOpen } from "./open-delivery.ts";

/* Part of `answerTurn`: coalesces replies that come one by one into a call that has not been made yet. */

interface NewestRow {
  delivery_id: string;
  turn_id: string | null;
  state: string;
  kind: string;
  attempts: number;
  messages: string;
}

const SELECT_NEWEST = statement<{ conversationId: string }, NewestRow>(
  ({ indexedBy }) => `
  SELECT delivery_id, turn_id, state, kind, attempts, messages FROM delivery ${indexedBy("delivery_open")}
  WHERE conversation_id = :conversationId AND ${isOpen("delivery")} ORDER BY seq DESC LIMIT 1`,
);

const ADD = statement<{ deliveryId: string; messages: string }>(`
  UPDATE delivery SET messages = :messages WHERE delivery_id = :deliveryId AND state = 'pending' AND attempts = 0`);

const DUE_NOW = statement<{ deliveryId: string; now: number }>(
  "UPDATE delivery SET due_at = :now WHERE delivery_id = :deliveryId",
);

const RELEASE = statement<{ turnId: string; now: number }>(`
  UPDATE delivery SET due_at = :now
  WHERE turn_id = :turnId AND state = 'pending' AND attempts = 0 AND due_at > :now`);

/** Adds the first `count` messages to the conversation's newest delivery; `null` when it can't take any. */
export async function join(
  tx: Transaction,
  answer: AnswerTurn,
  conversationId: string,
  now: number,
): Promise<{ deliveryId: string; count: number } | null> {
  const newest = await tx.get(SELECT_NEWEST, { conversationId });
  if (newest === undefined || newest.turn_id !== answer.turnId || newest.kind !== "answer") return null;
  if (newest.state !== "pending" || newest.attempts > 0) return null;
  const { delivery_id: deliveryId } = newest;
  const own = JSON.parse(newest.messages) as unknown[];
  const free = answer.messagesPerCall - (await messagesOf(tx, deliveryId, newest.messages)).length;
  const refusedAt = answer.messages.findIndex(({ problem }) => problem !== null);
  const count = Math.min(free, refusedAt === -1 ? answer.messages.length : refusedAt);
  if (count <= 0) return null;
  const added = answer.messages.slice(0, count).map(({ message }) => message);
  await tx.run(ADD, { deliveryId, messages: JSON.stringify([...own, ...added]) });
  if (count === free) await tx.run(DUE_NOW, { deliveryId, now });
  return { deliveryId, count };
}

export async function release(tx: Transaction, turnId: string, now: number): Promise<void> {
  await tx.run(RELEASE, { turnId, now });
}
