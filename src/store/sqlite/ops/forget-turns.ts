import { conversationId as idOf } from "../../conversation-id.ts";
import type { ForgetTurns, ForgottenTurns } from "../../forgetting.ts";
import type { Context } from "./context.ts";
import { prepareDelete } from "./delete-turn.ts";

/** An agent that is at work on one of them is refused when it answers: its fence is gone with the turn. */
export function prepareForgetTurns(context: Context) {
  const { db, clock } = context;
  const remove = prepareDelete(context);
  const selectByName = db.prepare<[string, string, string], { conversation_id: string }>(
    "SELECT conversation_id FROM peer_name WHERE channel = ? AND account = ? AND name = ?",
  );
  const selectConversation = db.prepare<[string], { peer_id: string }>(
    "SELECT peer_id FROM conversation WHERE conversation_id = ?",
  );
  const selectNames = db.prepare<[string], { name: string }>("SELECT name FROM peer_name WHERE conversation_id = ?");
  const selectSending = db.prepare<[string]>("SELECT 1 FROM delivery WHERE conversation_id = ? AND state = 'sending'");
  const selectOpen = db.prepare<[string], { delivery_id: string }>(`
    SELECT delivery_id FROM delivery WHERE conversation_id = ? AND state IN ('pending', 'unknown', 'parked')`);
  const selectTurns = db.prepare<[string, number], { turn_id: string }>(
    "SELECT turn_id FROM turn WHERE conversation_id = ? ORDER BY seq LIMIT ?",
  );
  const deleteTaken = db.prepare<[string]>("DELETE FROM taken_once WHERE scope = ?");

  return function forgetTurns({ person, limit }: ForgetTurns): ForgottenTurns {
    const named = selectByName.get(person.channel, person.account, person.peerId);
    const conversationId = named?.conversation_id ?? idOf(person);
    const conversation = selectConversation.get(conversationId);
    if (conversation === undefined) return { kind: "nobody" };
    if (selectSending.get(conversationId) !== undefined) return { kind: "busy" };
    // Before any turn: nothing of what is deleted below may be sent between two batches.
    const open = selectOpen.all(conversationId);
    for (const { delivery_id: deliveryId } of open) remove.delivery(deliveryId);
    const turns = selectTurns.all(conversationId, limit);
    const sums = { events: 0, deliveries: open.length };
    for (const { turn_id: turnId } of turns) {
      const gone = remove.turn(turnId, clock.now());
      deleteTaken.run(turnId);
      sums.events += gone.events;
      sums.deliveries += gone.deliveries;
    }
    deleteTaken.run(conversationId);
    const known = selectNames.all(conversationId).map((row) => row.name);
    const names = [...new Set([person.peerId, conversation.peer_id, ...known])];
    return { kind: "deleted", conversationId, names, turns: turns.length, ...sums, more: turns.length === limit };
  };
}
