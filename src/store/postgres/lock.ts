import type { ConversationRef } from "../../core/conversation.ts";
import { conversationId } from "../conversation-id.ts";
import type { Db } from "./db.ts";
import { type Key, keyOf } from "./slot.ts";

/** Takes the lock of one conversation, for the transaction that has just begun. */
export type Lock = (locks: Locks) => Promise<unknown>;

/**
 * Everything that is written about a conversation is written by whoever holds its row, so what an operation has read in
 * its transaction is still true when it writes. Unique indexes alone can't promise that: an event that is added to a
 * collecting turn while another process seals that turn and hands it out would be in a turn whose agent never sees it.
 *
 * No two of these are ever held at once but in a group of ingests, which takes them in the order of their ids.
 */
export interface Locks {
  ofTurn(turnId: string): Promise<unknown>;
  ofDelivery(deliveryId: string): Promise<unknown>;
  ofEvent(eventId: string): Promise<unknown>;
  /** Makes the conversation where it is new. */
  ofPeer(of: ConversationRef): Promise<unknown>;
}

export function prepareLocks(db: Db): Locks {
  const by = (table: "turn" | "delivery" | "event") =>
    db.prepare<Key>(`
      SELECT 1 FROM conversation WHERE slot = $1
        AND conversation_id = (SELECT conversation_id FROM ${table} WHERE slot = $1 AND ${table}_id = $2)
      FOR UPDATE`);
  const turn = by("turn");
  const delivery = by("delivery");
  const event = by("event");
  const conversation = db.prepare<Key>(
    "SELECT 1 FROM conversation WHERE slot = $1 AND conversation_id = $2 FOR UPDATE",
  );
  const meet = db.prepare<[...Key, string, string, string, string]>(`
    INSERT INTO conversation (slot, conversation_id, channel, account, kind, peer_id, created_at)
    SELECT $1, $2, $3, $4, $5, $6, turnpike_clock() + ahead_ms FROM probe
    ON CONFLICT DO NOTHING`);

  return {
    ofTurn: (turnId) => turn.get(...keyOf(turnId)),
    ofDelivery: (deliveryId) => delivery.get(...keyOf(deliveryId)),
    ofEvent: (eventId) => event.get(...keyOf(eventId)),
    async ofPeer(of) {
      const key = keyOf(conversationId(of));
      if ((await conversation.get(...key)) !== undefined) return;
      await meet.run(...key, of.channel, of.account, of.kind, of.peerId);
      await conversation.get(...key);
    },
  };
}
