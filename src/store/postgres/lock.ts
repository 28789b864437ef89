import type { ConversationRef } from "../../core/conversation.ts";
import { conversationId } from "../conversation-id.ts";
import type { Db } from "./db.ts";
import { type Key, keyOf, slotOf } from "./slot.ts";

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
  /** Makes none: one that isn't there is nobody's. */
  ofConversation(conversationId: string): Promise<unknown>;
  /**
   * The names of a person, before it is known which conversation they lead to. They are held by nobody but an ingest,
   * which takes them in their order, and its one conversation behind them.
   */
  ofNames(of: ConversationRef, names: readonly string[]): Promise<unknown>;
  /** Makes the conversations that are new. */
  ofPeers(of: readonly ConversationRef[]): Promise<unknown>;
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
  // A name that is new is taken by its row, one that is known by the lock on it: an update that changes nothing takes that,
  // and unlike a SELECT it doesn't pass over a row that was deleted a moment ago.
  const names = db.prepare<[string, string, readonly string[]]>(`
    INSERT INTO peer_name AS p (slot, channel, account, name, is_lent)
    SELECT -1, $1, $2, name, 0 FROM unnest($3::text[]) AS told (name) ORDER BY name
    ON CONFLICT (channel, account, name) DO UPDATE SET name = p.name WHERE p.is_lent < 0`);
  // Everywhere in one order, so that no two transactions can wait for each other; the new ones first, for the same reason.
  const meet = db.prepare<[number[], string[], string[], string[], string[], string[]]>(`
    INSERT INTO conversation (slot, conversation_id, channel, account, kind, peer_id, created_at)
    SELECT peer.slot, peer.id, peer.channel, peer.account, peer.kind, peer.peer_id, turnpike_clock() + probe.ahead_ms
    FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS peer (slot, id, channel, account, kind, peer_id)
      CROSS JOIN probe
    ORDER BY peer.id
    ON CONFLICT DO NOTHING`);
  const conversations = db.prepare<[number[], string[]]>(`
    SELECT 1 FROM conversation AS c
      JOIN unnest($1::smallint[], $2::text[]) AS peer (slot, id) ON c.slot = peer.slot AND c.conversation_id = peer.id
    ORDER BY c.conversation_id FOR UPDATE OF c`);

  return {
    ofTurn: (turnId) => turn.get(...keyOf(turnId)),
    ofDelivery: (deliveryId) => delivery.get(...keyOf(deliveryId)),
    ofEvent: (eventId) => event.get(...keyOf(eventId)),
    ofConversation: (id) => conversation.get(...keyOf(id)),
    ofNames: ({ channel, account }, told) => names.run(channel, account, told),
    ofPeers(of) {
      const peers = [...new Map(of.map((ref) => [conversationId(ref), ref]))].map(([id, ref]) => ({ id, ref }));
      const ids = peers.map(({ id }) => id);
      const slots = ids.map(slotOf);
      const column = (name: keyof ConversationRef) => peers.map(({ ref }) => ref[name]);
      return Promise.all([
        meet.run(slots, ids, column("channel"), column("account"), column("kind"), column("peerId")),
        conversations.all(slots, ids),
      ]);
    },
  };
}
