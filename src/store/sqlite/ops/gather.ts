import type { AnswerTurn } from "../../store.ts";
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
  const selectNewest = db.prepare<[string], NewestRow>(`
    SELECT delivery_id, turn_id, state, kind, attempts, messages FROM delivery INDEXED BY delivery_open
    WHERE conversation_id = ? AND state IN ('pending', 'unknown', 'parked') ORDER BY seq DESC LIMIT 1`);
  const add = db.prepare<[string, string]>("UPDATE delivery SET messages = ? WHERE delivery_id = ?");
  const dueNow = db.prepare<[number, string]>("UPDATE delivery SET due_at = ? WHERE delivery_id = ?");
  const release = db.prepare<[{ turnId: string; now: number }]>(`
    UPDATE delivery SET due_at = :now
    WHERE turn_id = :turnId AND state = 'pending' AND attempts = 0 AND due_at > :now`);

  return {
    /** The delivery that took the first `count` of the messages; `null` when none can. Order is kept: it is the newest. */
    join(answer: AnswerTurn, conversationId: string, now: number): { deliveryId: string; count: number } | null {
      const newest = selectNewest.get(conversationId);
      if (newest === undefined || newest.turn_id !== answer.turnId || newest.kind !== "answer") return null;
      if (newest.state !== "pending" || newest.attempts > 0) return null;
      const { isRefused = () => false } = answer;
      const own = JSON.parse(newest.messages) as unknown[];
      if (isRefused(own)) return null;
      const room = answer.messagesPerCall - messagesOf(newest.delivery_id, newest.messages).length;
      const refusedAt = answer.messages.findIndex((message) => isRefused([message]));
      const count = Math.min(room, refusedAt === -1 ? answer.messages.length : refusedAt);
      if (count <= 0) return null;
      add.run(JSON.stringify([...own, ...answer.messages.slice(0, count)]), newest.delivery_id);
      if (count === room) dueNow.run(now, newest.delivery_id);
      return { deliveryId: newest.delivery_id, count };
    },

    release(turnId: string, now: number): void {
      release.run({ turnId, now });
    },
  };
}
