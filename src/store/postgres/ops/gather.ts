import type { AnswerTurn } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareLoad } from "./load.ts";

interface NewestRow {
  delivery_id: string;
  turn_id: string | null;
  state: string;
  kind: string;
  attempts: number;
  messages: string;
}

/** The part of `answerTurn` for replies that come one by one: a call that has not been made yet takes more of them. */
export function prepareGather(context: Context) {
  const { db } = context;
  const messagesOf = prepareLoad(context);
  const selectNewest = db.prepare<Key, NewestRow>(`
    SELECT delivery_id, turn_id, state, kind, attempts, messages FROM delivery
    WHERE slot = $1 AND conversation_id = $2 AND state IN ('pending', 'unknown', 'parked') ORDER BY seq DESC LIMIT 1`);
  const add = db.prepare<[...Key, string]>(
    "UPDATE delivery SET messages = $3 WHERE slot = $1 AND delivery_id = $2 AND state = 'pending' AND attempts = 0",
  );
  const dueNow = db.prepare<[...Key, number]>("UPDATE delivery SET due_at = $3 WHERE slot = $1 AND delivery_id = $2");
  const release = db.prepare<[...Key, number]>(`
    UPDATE delivery SET due_at = $3
    WHERE slot = $1 AND turn_id = $2 AND state = 'pending' AND attempts = 0 AND due_at > $3`);

  return {
    /** The delivery that took the first `count` of the messages; `null` when none can. Order is kept: it is the newest. */
    async join(
      answer: AnswerTurn,
      conversationId: string,
      now: number,
    ): Promise<{ deliveryId: string; count: number } | null> {
      const newest = await selectNewest.get(...keyOf(conversationId));
      if (newest === undefined || newest.turn_id !== answer.turnId || newest.kind !== "answer") return null;
      if (newest.state !== "pending" || newest.attempts > 0) return null;
      const { isRefused = () => false } = answer;
      const own = JSON.parse(newest.messages) as unknown[];
      if (isRefused(own)) return null;
      const room = answer.messagesPerCall - (await messagesOf(newest.delivery_id, newest.messages)).length;
      const refusedAt = answer.messages.findIndex((message) => isRefused([message]));
      const count = Math.min(room, refusedAt === -1 ? answer.messages.length : refusedAt);
      if (count <= 0) return null;
      await add.run(...keyOf(newest.delivery_id), JSON.stringify([...own, ...answer.messages.slice(0, count)]));
      if (count === room) await dueNow.run(...keyOf(newest.delivery_id), now);
      return { deliveryId: newest.delivery_id, count };
    },

    async release(turnId: string, now: number): Promise<void> {
      await release.run(...keyOf(turnId), now);
    },
  };
}
