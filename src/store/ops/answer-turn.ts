import { type PackedCall, packCalls } from "../../core/pack-calls.ts";
import type { RefusedDelivery, StartedAttempt } from "../attempt.ts";
import { runTogether } from "../run-together.ts";
import { statement } from "../statement.ts";
import type { Answered, AnswerTurn } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { bundle, parkedIn, setParkedDue } from "./parts/bundle.ts";
import * as coalesce from "./parts/coalesce.ts";
import { findResult, recordResult } from "./parts/idempotency-keys.ts";
import { insertDelivery } from "./parts/insert-delivery.ts";
import { type LeasedRow, requireLease } from "./parts/require-lease.ts";
import * as slowReply from "./parts/slow-reply.ts";
import { startAttempt, startNew } from "./start-attempt.ts";

const END = statement<{ turnId: string; now: number }>(`
  UPDATE turn SET state = 'done', ended_at = :now, owner = NULL, lease_expires_at = NULL, reason = NULL
  WHERE turn_id = :turnId AND state = 'leased'`);

const MARK_REPLIED = statement<{ turnId: string }>("UPDATE turn SET replied = 1 WHERE turn_id = :turnId");

export async function answerTurn(tx: Transaction, answer: AnswerTurn): Promise<Answered> {
  const earlier = await findRepeated(tx, answer);
  if (earlier !== null) return earlier;
  const answered = await queue(tx, answer);
  const { turnId, fence, key = null } = answer;
  await recordResult(tx, turnId, key, { fence, deliveryIds: answered.deliveryIds }, tx.now());
  return answered;
}

/** Idempotent repeat whose first response was lost. It may come after the turn has ended, under the same fence only. */
async function findRepeated(tx: Transaction, { turnId, fence, key = null }: AnswerTurn): Promise<Answered | null> {
  const earlier = await findResult(tx, turnId, key);
  return earlier?.fence === fence
    ? { deliveryIds: earlier.deliveryIds, refused: [], bundled: 0, started: null, hasNextTurn: false, repeated: true }
    : null;
}

async function queue(tx: Transaction, answer: AnswerTurn): Promise<Answered> {
  const turn = await requireLease(tx, answer);
  const { conversation_id: conversationId } = turn;
  const hasNextTurn = turn.has_next_turn === 1;
  const now = tx.now();
  // In this order: the tokens are seen as those of a turn that has ended.
  const [, atOnce] = await runTogether([
    endOrMarkTurn(tx, answer, turn, now),
    answer.messages.length === 0 ? null : startAtOnce(tx, answer, turn),
  ]);
  if (answer.messages.length === 0) {
    // The turn doesn't need its tokens any more: parked deliveries may use them.
    if (answer.done && turn.has_waiting === 1) await setParkedDue(tx, conversationId, now);
    return { deliveryIds: [], refused: [], bundled: 0, started: null, hasNextTurn };
  }
  if (atOnce !== null)
    return { deliveryIds: [atOnce.deliveryId], refused: [], bundled: 0, started: atOnce, hasNextTurn };
  const parked = turn.has_waiting === 1 ? await parkedIn(tx, conversationId) : [];
  // Parked deliveries go in front, so nothing joins a call that was made up without them.
  const canJoin = turn.has_waiting === 1 && parked.length === 0;
  const joined = canJoin ? await coalesce.join(tx, answer, conversationId, now) : null;
  const own = answer.messages
    .slice(joined?.count ?? 0)
    .map(({ message, problem }) => ({ bundledId: null, messages: [message], problem }));
  const deliveryIds = joined === null ? [] : [joined.deliveryId];
  const refused: RefusedDelivery[] = [];
  for (const call of packCalls([...parked, ...own], answer.messagesPerCall)) {
    const inserted = await insertCall(tx, answer, turn, call, now);
    deliveryIds.push(inserted.deliveryId);
    if (inserted.refused !== null) refused.push(inserted.refused);
  }
  const { restButton = null } = answer;
  // A joined delivery isn't sent yet either, so it can get the button for the rest.
  if (restButton !== null && deliveryIds.length - refused.length > 1) {
    await slowReply.open(tx, { turnId: answer.turnId, conversationId, state: "ready", now, ...restButton });
  }
  // What joined another delivery leaves its start to whoever starts that.
  const first =
    joined === null ? deliveryIds.find((id) => refused.every(({ deliveryId }) => deliveryId !== id)) : undefined;
  const started =
    first !== undefined && answer.start ? await startAttempt(tx, { deliveryId: first, ...answer.start }) : null;
  return { deliveryIds, refused, bundled: parked.length, started, hasNextTurn };
}

/** An answer that is one call and joins nothing. `null`: it is something else, or no call is made now. */
async function startAtOnce(tx: Transaction, answer: AnswerTurn, turn: LeasedRow): Promise<StartedAttempt | null> {
  const { turnId, messages, messagesPerCall, start } = answer;
  if (start === undefined || turn.has_waiting === 1 || turn.has_button === 1) return null;
  if (waitForMoreMs(answer, messages.length) > 0) return null;
  if (messages.length > messagesPerCall || messages.some(({ problem }) => problem !== null)) return null;
  const { conversation_id: conversationId, of_account: ofAccount } = turn;
  const said = messages.map(({ message }) => message);
  return await startNew(tx, { turnId, conversationId, ofAccount, messages: said }, start);
}

/** Ends the turn, or marks it as partly answered; and updates its slow reply and coalesced deliveries. */
async function endOrMarkTurn(
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
  // No more replies come: coalesced deliveries are due now.
  if (done && turn.has_waiting === 1) await coalesce.release(tx, turnId, now);
}

/** How long a call of so many messages waits for more: while the turn stays open and the call has space. */
function waitForMoreMs({ done, messagesPerCall, coalesceMs = 0 }: AnswerTurn, count: number): number {
  return !done && count < messagesPerCall ? coalesceMs : 0;
}

async function insertCall(
  tx: Transaction,
  answer: AnswerTurn,
  { conversation_id: conversationId, of_account: ofAccount }: LeasedRow,
  { bundledIds, messages, own, problem }: PackedCall,
  now: number,
): ReturnType<typeof insertDelivery> {
  const { turnId } = answer;
  const dueAt = now + waitForMoreMs(answer, messages.length);
  const inserted = await insertDelivery(tx, { conversationId, ofAccount, turnId, messages: own, now, dueAt, problem });
  await bundle(tx, bundledIds, inserted.deliveryId);
  return inserted;
}
