import { conversationId as idOf } from "../../conversation-id.ts";
import type { ForgottenTurns } from "../../forgetting.ts";
import type { Peer } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareDelete } from "./delete-turn.ts";

/** An agent that is at work on one of them is refused when it answers: its fence is gone with the turn. */
export function prepareForgetTurns(context: Context) {
  const { db } = context;
  const remove = prepareDelete(context);
  const selectByName = db.prepare<[string, string, string], { conversation_id: string | null }>(
    "SELECT conversation_id FROM peer_name WHERE channel = $1 AND account = $2 AND name = $3",
  );
  const selectConversation = db.prepare<Key, { peer_id: string }>(
    "SELECT peer_id FROM conversation WHERE slot = $1 AND conversation_id = $2",
  );
  const selectNames = db.prepare<Key, { name: string }>(
    "SELECT name FROM peer_name WHERE slot = $1 AND conversation_id = $2",
  );
  const selectSending = db.prepare<Key>(
    "SELECT 1 FROM delivery WHERE slot = $1 AND conversation_id = $2 AND state = 'sending'",
  );
  const selectOpen = db.prepare<Key, { delivery_id: string }>(`
    SELECT delivery_id FROM delivery
    WHERE slot = $1 AND conversation_id = $2 AND state IN ('pending', 'unknown', 'parked')`);
  const selectTurns = db.prepare<[...Key, number], { turn_id: string }>(
    "SELECT turn_id FROM turn WHERE slot = $1 AND conversation_id = $2 ORDER BY seq LIMIT $3",
  );
  const deleteTaken = db.prepare<Key>("DELETE FROM taken_once WHERE slot = $1 AND scope = $2");

  return {
    /** The conversation, by any name of the person's. */
    async find({ channel, account, peerId }: Peer): Promise<string> {
      const named = await selectByName.get(channel, account, peerId);
      return named?.conversation_id ?? idOf({ channel, account, peerId });
    },
    /** While the conversation's row is held. */
    async run(conversationId: string, peerId: string, limit: number): Promise<ForgottenTurns> {
      const key = keyOf(conversationId);
      const conversation = await selectConversation.get(...key);
      if (conversation === undefined) return { kind: "nobody" };
      if ((await selectSending.get(...key)) !== undefined) return { kind: "busy" };
      // Before any turn: nothing of what is deleted below may be sent between two batches.
      const open = await selectOpen.all(...key);
      for (const { delivery_id: deliveryId } of open) await remove.delivery(deliveryId);
      const turns = await selectTurns.all(...key, limit);
      const sums = { events: 0, deliveries: open.length };
      for (const { turn_id: turnId } of turns) {
        const gone = await remove.turn(turnId);
        await deleteTaken.run(...keyOf(turnId));
        sums.events += gone.events;
        sums.deliveries += gone.deliveries;
      }
      await deleteTaken.run(...key);
      const known = (await selectNames.all(...key)).map((row) => row.name);
      const names = [...new Set([peerId, conversation.peer_id, ...known])];
      return { kind: "deleted", conversationId, names, turns: turns.length, ...sums, more: turns.length === limit };
    },
  };
}
