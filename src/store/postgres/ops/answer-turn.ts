import { packCalls, type Unit } from "../../../core/pack.ts";
import type { Answered, AnswerTurn } from "../../store.ts";
import { type Key, keyOf, newId, slotOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareHeld } from "./held.ts";
import { prepareLoad } from "./load.ts";

export function prepareAnswerTurn(context: Context) {
  const { db, clock, chance } = context;
  const { hold } = prepareHeld(context);
  const messagesOf = prepareLoad(context);
  const end = db.prepare<[...Key, number]>(`
    UPDATE turn SET state = 'done', ended_at = $3, owner = NULL, lease_expires_at = NULL, reason = NULL
    WHERE slot = $1 AND turn_id = $2 AND state = 'leased'`);
  const markReplied = db.prepare<Key>("UPDATE turn SET replied = 1 WHERE slot = $1 AND turn_id = $2");
  const selectParked = db.prepare<Key, { delivery_id: string; messages: string }>(`
    SELECT delivery_id, messages FROM delivery
    WHERE slot = $1 AND conversation_id = $2 AND state = 'parked' AND carrier_id IS NULL ORDER BY seq`);
  const carry = db.prepare<[...Key, string]>(
    "UPDATE delivery SET carrier_id = $3, due_at = NULL WHERE slot = $1 AND delivery_id = $2",
  );
  const tryAlone = db.prepare<[...Key, number]>("UPDATE delivery SET due_at = $3 WHERE slot = $1 AND delivery_id = $2");
  const insert = db.prepare<[...Key, string, string, string, number]>(`
    INSERT INTO delivery (slot, delivery_id, conversation_id, turn_id, state, messages, due_at, created_at, state_since)
    VALUES ($1, $2, $3, $4, 'pending', $5, $6, $6, $6)`);

  return async function answerTurn(answer: AnswerTurn): Promise<Answered> {
    const { conversation_id: conversationId } = await hold(answer);
    const now = clock.now();
    if (answer.done) await end.run(...keyOf(answer.turnId), now);
    else if (answer.messages.length > 0) await markReplied.run(...keyOf(answer.turnId));
    const parked = await selectParked.all(...keyOf(conversationId));
    if (answer.messages.length === 0) {
      // The turn needs its tokens no more: what waited for a free road may take them.
      if (answer.done) for (const waiting of parked) await tryAlone.run(...keyOf(waiting.delivery_id), now);
      return { deliveryIds: [], carried: 0 };
    }
    const units: Unit[] = [];
    for (const row of parked) {
      units.push({ carriedId: row.delivery_id, messages: await messagesOf(row.delivery_id, row.messages) });
    }
    units.push(...answer.messages.map((message) => ({ carriedId: null, messages: [message] })));
    const deliveryIds: string[] = [];
    for (const call of packCalls(units, answer.messagesPerCall)) {
      const deliveryId = newId(chance, "dlv", slotOf(conversationId));
      deliveryIds.push(deliveryId);
      await insert.run(...keyOf(deliveryId), conversationId, answer.turnId, JSON.stringify(call.own), now);
      for (const carriedId of call.carriedIds) await carry.run(...keyOf(carriedId), deliveryId);
    }
    return { deliveryIds, carried: parked.length };
  };
}
