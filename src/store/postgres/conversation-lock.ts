import type { InboundEvent } from "../../core/event.ts";
import { conversationId } from "../conversation-id.ts";
import { peerIdsIn } from "../ops/parts/peer-ids.ts";
import { statement } from "../statement.ts";
import type { LockTarget, Statements } from "../transaction.ts";

/*
 * Row lock of the conversation: every write to a conversation's rows happens under it, so what an operation has read in its
 * transaction is still true when it writes. Unique indexes alone can't ensure that: an event added to a collecting turn
 * while another process seals and hands out that turn would never reach the agent.
 *
 * A transaction of one operation waits for its one row. A group locks the free rows (SKIP LOCKED) and waits for none. So no
 * deadlock is possible, and a long-held lock delays only its own conversation.
 */

const by = (table: "turn" | "delivery" | "event") =>
  statement<{ id: string }>(`
    SELECT 1 FROM conversation
    WHERE conversation_id = (SELECT conversation_id FROM ${table} WHERE ${table}_id = :id) FOR UPDATE`);

const LOCK_OF_TURN = by("turn");
const LOCK_OF_DELIVERY = by("delivery");
const LOCK_OF_EVENT = by("event");
const LOCK = statement<{ id: string }>("SELECT 1 FROM conversation WHERE conversation_id = :id FOR UPDATE");

interface Ids {
  readonly turns: readonly string[];
  readonly deliveries: readonly string[];
  readonly events: readonly string[];
  readonly conversations: readonly string[];
}

const LOCK_FREE = statement<Ids, { id: string }>(`
  SELECT named.id
  FROM (SELECT turn_id AS id, conversation_id FROM turn WHERE turn_id = ANY (:turns::text[])
        UNION ALL SELECT delivery_id, conversation_id FROM delivery WHERE delivery_id = ANY (:deliveries::text[])
        UNION ALL SELECT event_id, conversation_id FROM event WHERE event_id = ANY (:events::text[])
        UNION ALL SELECT id, id FROM unnest(:conversations::text[]) AS given (id)) AS named
    JOIN conversation AS c ON c.conversation_id = named.conversation_id
  FOR UPDATE OF c SKIP LOCKED`);

interface NewPeers {
  readonly ids: readonly string[];
  readonly channels: readonly string[];
  readonly accounts: readonly string[];
  readonly kinds: readonly string[];
  readonly peers: readonly string[];
}

const INSERT = statement<NewPeers>(`
  INSERT INTO conversation (conversation_id, channel, account, kind, peer_id, created_at)
  SELECT peer.id, peer.channel, peer.account, peer.kind, peer.peer_id, turnpike_clock() + probe.ahead_ms
  FROM unnest(:ids::text[], :channels::text[], :accounts::text[], :kinds::text[], :peers::text[])
         AS peer (id, channel, account, kind, peer_id)
    CROSS JOIN probe
  ORDER BY peer.id
  ON CONFLICT DO NOTHING`);

// A new id is inserted, a known one locked by an update that changes nothing: unlike a SELECT … FOR UPDATE, the upsert
// also works when the row was deleted a moment ago.
const LOCK_PEER_IDS = statement<{ channel: string; account: string; ids: readonly string[] }>(`
  INSERT INTO peer_id AS p (channel, account, id, is_reassignable)
  SELECT :channel, :account, id, 0 FROM unnest(:ids::text[]) AS given (id) ORDER BY id
  ON CONFLICT (channel, account, id) DO UPDATE SET id = p.id WHERE p.is_reassignable < 0`);

/** At the beginning of a transaction: waits for the conversation's lock. */
export async function lock({ get, run }: Statements, target: LockTarget): Promise<void> {
  if ("turnId" in target) await get(LOCK_OF_TURN, { id: target.turnId });
  else if ("deliveryId" in target) await get(LOCK_OF_DELIVERY, { id: target.deliveryId });
  else if ("eventId" in target) await get(LOCK_OF_EVENT, { id: target.eventId });
  else if ("event" in target)
    await Promise.all([insertConversations(run, [target.event]), get(LOCK, { id: idOf(target) })]);
  else await get(LOCK, { id: target.conversationId });
}

export async function lockConversation({ get }: Statements, id: string): Promise<void> {
  await get(LOCK, { id });
}

/** For a group: locks the free conversations without waiting. Resolves to the ids (`idOf`) of those targets. */
export async function lockFree({ all, run }: Statements, targets: readonly LockTarget[]): Promise<ReadonlySet<string>> {
  const events = targets.flatMap((target) => ("event" in target ? [target.event] : []));
  const [, locked] = await Promise.all([insertConversations(run, events), all(LOCK_FREE, idsOf(targets))]);
  return new Set(locked.map(({ id }) => id));
}

/** The id that a target names its conversation by. */
export function idOf(target: LockTarget): string {
  if ("turnId" in target) return target.turnId;
  if ("deliveryId" in target) return target.deliveryId;
  if ("eventId" in target) return target.eventId;
  return "conversationId" in target ? target.conversationId : conversationId(target.event.conversation);
}

/**
 * Locks a person's ids, before it is known which conversation they belong to. Only an ingest locks ids, in their order,
 * and after them its one conversation.
 */
export async function lockPeerIds({ run }: Statements, event: InboundEvent): Promise<void> {
  const { channel, account } = event.conversation;
  await run(LOCK_PEER_IDS, { channel, account, ids: peerIdsIn(event) });
}

async function insertConversations(run: Statements["run"], events: readonly InboundEvent[]): Promise<void> {
  if (events.length === 0) return;
  const refs = new Map(events.map(({ conversation }) => [conversationId(conversation), conversation]));
  const peers = [...refs.values()];
  await run(INSERT, {
    ids: [...refs.keys()],
    channels: peers.map(({ channel }) => channel),
    accounts: peers.map(({ account }) => account),
    kinds: peers.map(({ kind }) => kind),
    peers: peers.map(({ peerId }) => peerId),
  });
}

function idsOf(targets: readonly LockTarget[]): Ids {
  const ids = {
    turns: [] as string[],
    deliveries: [] as string[],
    events: [] as string[],
    conversations: [] as string[],
  };
  for (const target of targets) {
    if ("turnId" in target) ids.turns.push(target.turnId);
    else if ("deliveryId" in target) ids.deliveries.push(target.deliveryId);
    else if ("eventId" in target) ids.events.push(target.eventId);
    else ids.conversations.push(idOf(target));
  }
  return ids;
}
