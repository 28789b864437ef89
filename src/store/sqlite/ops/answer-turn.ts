import { type PackedCall, packCalls, type Unit } from "../../../core/pack.ts";
import type { Answered, AnswerTurn } from "../../store.ts";
import { newId } from "../ids.ts";
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
  const takenOnce = prepareTakenOnce(context);
  const insertCall = prepareInsertCall(context);
  const endOrMark = prepareEndOrMark(context);
  const parkedIn = prepareParked(context);
  const tryAlone = db.prepare<[number, string]>("UPDATE delivery SET due_at = ? WHERE delivery_id = ?");
  /** A repeat whose first answer was lost on the way. It may come after the turn has ended, under the same fence only. */
  function repeated({ turnId, fence, key = null }: AnswerTurn): Answered | null {
    const earlier = takenOnce.find(turnId, key);
    return earlier?.fence === fence ? { deliveryIds: earlier.deliveryIds, carried: 0, repeated: true } : null;
  }

  function queue(answer: AnswerTurn): Answered {
    const { conversation_id: conversationId } = hold(answer);
    const now = clock.now();
    endOrMark(answer, now);
    const parked = parkedIn(conversationId, now);
    if (answer.messages.length === 0) {
      // The turn needs its tokens no more: what waited for a free road may take them.
      if (answer.done) for (const waiting of parked) tryAlone.run(now, waiting.delivery_id);
      return { deliveryIds: [], carried: 0 };
    }
    const { isRefused = () => false } = answer;
    // What was parked goes in front: then nothing joins a call that has been made up without it.
    const joined = parked.length > 0 ? null : gather.join(answer, conversationId, now);
    const units: Unit[] = [
      ...parked.map((row) => ({ carriedId: row.delivery_id, messages: messagesOf(row.delivery_id, row.messages) })),
      ...answer.messages
        .slice(joined?.count ?? 0)
        .map((message) => ({ carriedId: null, messages: [message], alone: isRefused([message]) })),
    ];
    const calls = packCalls(units, answer.messagesPerCall);
    const queued = calls.map((call) => insertCall(answer, conversationId, call, now));
    const { rest = null } = answer;
    // One that was joined has not been called either: the button for the rest can stand under it.
    const deliveryIds = joined === null ? queued : [joined.deliveryId, ...queued];
    if (rest !== null && deliveryIds.length > 1) slowReply.rest({ turnId: answer.turnId, conversationId, now, rest });
    return { deliveryIds, carried: parked.length };
  }

  return function answerTurn(answer: AnswerTurn): Answered {
    const earlier = repeated(answer);
    if (earlier !== null) return earlier;
    const answered = queue(answer);
    const { turnId, fence, key = null } = answer;
    takenOnce.note(turnId, key, { fence, deliveryIds: answered.deliveryIds }, clock.now());
    return answered;
  };
}

/** The turn's end, or the mark that a part of its answer is on its way. */
function prepareEndOrMark(context: Context) {
  const { db } = context;
  const slowReply = prepareSlowReply(context);
  const gather = prepareGather(context);
  const end = db.prepare<[number, string]>(`
    UPDATE turn SET state = 'done', ended_at = ?, owner = NULL, lease_expires_at = NULL, reason = NULL
    WHERE turn_id = ?`);
  const markReplied = db.prepare<[string]>("UPDATE turn SET replied = 1 WHERE turn_id = ?");

  return function endOrMark(answer: AnswerTurn, now: number): void {
    if (answer.done) end.run(now, answer.turnId);
    else if (answer.messages.length > 0) markReplied.run(answer.turnId);
    if (answer.messages.length > 0) slowReply.answered(answer.turnId, now);
    else if (answer.done) slowReply.failed(answer.turnId);
    // What waited for more has all there is.
    if (answer.done) gather.release(answer.turnId, now);
  };
}

function prepareInsertCall({ db, chance }: Context) {
  const carry = db.prepare<[string, string]>("UPDATE delivery SET carrier_id = ?, due_at = NULL WHERE delivery_id = ?");
  const insert = db.prepare(`
    INSERT INTO delivery (delivery_id, conversation_id, turn_id, state, messages, due_at, created_at, state_since)
    VALUES (?, ?, ?, 'pending', ?, ?, ?, ?)`);

  return function insertCall(answer: AnswerTurn, conversationId: string, call: PackedCall, now: number): string {
    const deliveryId = newId(chance, "dlv", conversationId);
    const hasRoom = !answer.done && call.messages.length < answer.messagesPerCall;
    const due = hasRoom ? now + (answer.gatherMs ?? 0) : now;
    insert.run(deliveryId, conversationId, answer.turnId, JSON.stringify(call.own), due, now, now);
    for (const carriedId of call.carriedIds) carry.run(deliveryId, carriedId);
    return deliveryId;
  };
}
