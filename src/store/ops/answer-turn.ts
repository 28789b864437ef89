import { type PackedCall, packCalls, type Unit } from "../../core/pack.ts";
import { statement } from "../statement.ts";
import type { Answered, AnswerTurn, RefusedDelivery } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { messagesOf } from "./bundle-messages.ts";
import * as coalesce from "./coalesce.ts";
import * as idempotencyKeys from "./idempotency-keys.ts";
import { insertDelivery } from "./insert-delivery.ts";
import { parkedIn } from "./parked.ts";
import { type LeasedRow, requireLease } from "./require-lease.ts";
import * as slowReply from "./slow-reply.ts";

const TRY_ALONE = statement<{ deliveryId: string; now: number }>(
  "UPDATE delivery SET due_at = :now WHERE delivery_id = :deliveryId",
);

const END = statement<{ turnId: string; now: number }>(`
  UPDATE turn SET state = 'done', ended_at = :now, owner = NULL, lease_expires_at = NULL, reason = NULL
  WHERE turn_id = :turnId AND state = 'leased'`);

const MARK_REPLIED = statement<{ turnId: string }>("UPDATE turn SET replied = 1 WHERE turn_id = :turnId");

const CARRY = statement<{ deliveryId: string; bundledInto: string }>(
  "UPDATE delivery SET bundled_into = :bundledInto, due_at = NULL WHERE delivery_id = :deliveryId",
);

export async function answerTurn(tx: Transaction, answer: AnswerTurn): Promise<Answered> {
  const earlier = await repeated(tx, answer);
  if (earlier !== null) return earlier;
  const answered = await queue(tx, answer);
  const { turnId, fence, key = null } = answer;
  await idempotencyKeys.record(tx, turnId, key, { fence, deliveryIds: answered.deliveryIds }, tx.now());
  return answered;
}

/** A repeat whose first answer was lost on the way. It may come after the turn has ended, under the same fence only. */
async function repeated(tx: Transaction, { turnId, fence, key = null }: AnswerTurn): Promise<Answered | null> {
  const earlier = await idempotencyKeys.find(tx, turnId, key);
  return earlier?.fence === fence
    ? { deliveryIds: earlier.deliveryIds, refused: [], bundled: 0, repeated: true }
    : null;
}

async function queue(tx: Transaction, answer: AnswerTurn): Promise<Answered> {
  const turn = await requireLease(tx, answer);
  const { conversation_id: conversationId } = turn;
  const now = tx.now();
  await endOrMark(tx, answer, turn, now);
  const parked = turn.has_waiting === 1 ? await parkedIn(tx, conversationId, now) : [];
  if (answer.messages.length === 0) {
    // The turn needs its tokens no more: what waited for a free route may take them.
    if (answer.done) {
      for (const waiting of parked) await tx.run(TRY_ALONE, { deliveryId: waiting.delivery_id, now });
    }
    return { deliveryIds: [], refused: [], bundled: 0 };
  }
  // What was parked goes in front: then nothing joins a call that has been made up without it.
  const canJoin = turn.has_waiting === 1 && parked.length === 0;
  const joined = canJoin ? await coalesce.join(tx, answer, conversationId, now) : null;
  const units: Unit[] = [];
  for (const row of parked) {
    units.push({ bundledId: row.delivery_id, messages: await messagesOf(tx, row.delivery_id, row.messages) });
  }
  for (const { message, problem } of answer.messages.slice(joined?.count ?? 0)) {
    units.push({ bundledId: null, messages: [message], problem });
  }
  const deliveryIds = joined === null ? [] : [joined.deliveryId];
  const refused: RefusedDelivery[] = [];
  for (const call of packCalls(units, answer.messagesPerCall)) {
    const inserted = await insertCall(tx, answer, conversationId, call, now);
    deliveryIds.push(inserted.deliveryId);
    if (inserted.refused !== null) refused.push(inserted.refused);
  }
  const { rest = null } = answer;
  // One that was joined has not been called either: the button for the rest can stand under it.
  if (rest !== null && deliveryIds.length - refused.length > 1) {
    await slowReply.rest(tx, { turnId: answer.turnId, conversationId, now, rest });
  }
  return { deliveryIds, refused, bundled: parked.length };
}

/** The turn's end, or the mark that a part of its answer is on its way; and what that does to what waited for it. */
async function endOrMark(
  tx: Transaction,
  { turnId, messages, done }: AnswerTurn,
  turn: LeasedRow,
  now: number,
): Promise<void> {
  if (done) await tx.run(END, { turnId, now });
  else if (messages.length > 0) await tx.run(MARK_REPLIED, { turnId });
  if (turn.has_button === 1) {
    if (messages.length > 0) await slowReply.answered(tx, turnId, now);
    else if (done) await slowReply.failed(tx, turnId);
  }
  // What waited for more has all there is.
  if (done && turn.has_waiting === 1) await coalesce.release(tx, turnId, now);
}

async function insertCall(
  tx: Transaction,
  { turnId, done, messagesPerCall, coalesceMs = 0 }: AnswerTurn,
  conversationId: string,
  { bundledIds, messages, own, problem }: PackedCall,
  now: number,
): ReturnType<typeof insertDelivery> {
  const hasRoom = !done && messages.length < messagesPerCall;
  const dueAt = hasRoom ? now + coalesceMs : now;
  const inserted = await insertDelivery(tx, { conversationId, turnId, messages: own, now, dueAt, problem });
  for (const bundledId of bundledIds) await tx.run(CARRY, { deliveryId: bundledId, bundledInto: inserted.deliveryId });
  return inserted;
}
