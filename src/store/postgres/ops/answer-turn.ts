import { type PackedCall, packCalls, type Unit } from "../../../core/pack.ts";
import type { Answered, AnswerTurn } from "../../store.ts";
import { type Key, keyOf, newId, slotOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareGather } from "./gather.ts";
import { prepareHeld } from "./held.ts";
import { prepareLoad } from "./load.ts";
import { prepareParked } from "./parked.ts";
import { prepareSlowReply } from "./slow-reply.ts";
import { prepareTakenOnce } from "./taken-once.ts";

export function prepareAnswerTurn(context: Context) {
  const { db, clock } = context;
  const { hold } = prepareHeld(context);
  const messagesOf = prepareLoad(context);
  const slowReply = prepareSlowReply(context);
  const gather = prepareGather(context);
  const endOrMark = prepareEndOrMark(context);
  const insertCall = prepareInsertCall(context);
  const takenOnce = prepareTakenOnce(context);
  const parkedIn = prepareParked(context);
  const tryAlone = db.prepare<[...Key, number]>("UPDATE delivery SET due_at = $3 WHERE slot = $1 AND delivery_id = $2");

  /** A repeat whose first answer was lost on the way. It may come after the turn has ended, under the same fence only. */
  async function repeated({ turnId, fence, key = null }: AnswerTurn): Promise<Answered | null> {
    const earlier = await takenOnce.find(turnId, key);
    return earlier?.fence === fence ? { deliveryIds: earlier.deliveryIds, carried: 0, repeated: true } : null;
  }

  async function queue(answer: AnswerTurn): Promise<Answered> {
    const { conversation_id: conversationId } = await hold(answer);
    const now = clock.now();
    await endOrMark(answer, now);
    const parked = await parkedIn(conversationId, now);
    if (answer.messages.length === 0) {
      // The turn needs its tokens no more: what waited for a free road may take them.
      if (answer.done) for (const waiting of parked) await tryAlone.run(...keyOf(waiting.delivery_id), now);
      return { deliveryIds: [], carried: 0 };
    }
    const { isRefused = () => false } = answer;
    // What was parked goes in front: then nothing joins a call that has been made up without it.
    const joined = parked.length > 0 ? null : await gather.join(answer, conversationId, now);
    const units: Unit[] = [];
    for (const row of parked) {
      units.push({ carriedId: row.delivery_id, messages: await messagesOf(row.delivery_id, row.messages) });
    }
    for (const message of answer.messages.slice(joined?.count ?? 0)) {
      units.push({ carriedId: null, messages: [message], alone: isRefused([message]) });
    }
    const deliveryIds = joined === null ? [] : [joined.deliveryId];
    const calls = packCalls(units, answer.messagesPerCall);
    for (const call of calls) deliveryIds.push(await insertCall(answer, conversationId, call, now));
    const { rest = null } = answer;
    // One that was joined has not been called either: the button for the rest can stand under it.
    if (rest !== null && deliveryIds.length > 1) {
      await slowReply.rest({ turnId: answer.turnId, conversationId, now, rest });
    }
    return { deliveryIds, carried: parked.length };
  }

  return async function answerTurn(answer: AnswerTurn): Promise<Answered> {
    const earlier = await repeated(answer);
    if (earlier !== null) return earlier;
    const answered = await queue(answer);
    const { turnId, fence, key = null } = answer;
    await takenOnce.note(turnId, key, { fence, deliveryIds: answered.deliveryIds }, clock.now());
    return answered;
  };
}

/** What the answer does to its turn, and to what waited for it. */
function prepareEndOrMark(context: Context) {
  const { db } = context;
  const slowReply = prepareSlowReply(context);
  const gather = prepareGather(context);
  const end = db.prepare<[...Key, number]>(`
    UPDATE turn SET state = 'done', ended_at = $3, owner = NULL, lease_expires_at = NULL, reason = NULL
    WHERE slot = $1 AND turn_id = $2 AND state = 'leased'`);
  const markReplied = db.prepare<Key>("UPDATE turn SET replied = 1 WHERE slot = $1 AND turn_id = $2");

  return async function endOrMark(answer: AnswerTurn, now: number): Promise<void> {
    if (answer.done) await end.run(...keyOf(answer.turnId), now);
    else if (answer.messages.length > 0) await markReplied.run(...keyOf(answer.turnId));
    if (answer.messages.length > 0) await slowReply.answered(answer.turnId, now);
    else if (answer.done) await slowReply.failed(answer.turnId);
    // What waited for more has all there is.
    if (answer.done) await gather.release(answer.turnId, now);
  };
}

function prepareInsertCall({ db, chance }: Context) {
  const carry = db.prepare<[...Key, string]>(
    "UPDATE delivery SET carrier_id = $3, due_at = NULL WHERE slot = $1 AND delivery_id = $2",
  );
  const insert = db.prepare<[...Key, string, string, string, number, number]>(`
    INSERT INTO delivery (slot, delivery_id, conversation_id, turn_id, state, messages, due_at, created_at, state_since)
    VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $7)`);

  return async function insertCall(
    answer: AnswerTurn,
    conversationId: string,
    call: PackedCall,
    now: number,
  ): Promise<string> {
    const deliveryId = newId(chance, "dlv", slotOf(conversationId));
    const hasRoom = !answer.done && call.messages.length < answer.messagesPerCall;
    const due = hasRoom ? now + (answer.gatherMs ?? 0) : now;
    await insert.run(...keyOf(deliveryId), conversationId, answer.turnId, JSON.stringify(call.own), due, now);
    for (const carriedId of call.carriedIds) await carry.run(...keyOf(carriedId), deliveryId);
    return deliveryId;
  };
}
