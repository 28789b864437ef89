import type { InboundEvent } from "../../core/event.ts";
import { conversationId } from "../conversation-id.ts";
import { namesOf } from "../ops/peer-names.ts";
import { statement } from "../statement.ts";
import type { Statements, Subject } from "../transaction.ts";

/*
 * Everything that is written about a conversation is written by whoever holds its row, so what an operation has read in
 * its transaction is still true when it writes. Unique indexes alone can't promise that: an event that is added to a
 * collecting turn while another process seals that turn and hands it out would be in a turn whose agent never sees it.
 *
 * A transaction that is about several conversations takes their rows in the order of their ids, those that are new first,
 * so that no two transactions can wait for each other.
 */

interface Named {
  readonly turns: readonly string[];
  readonly deliveries: readonly string[];
  readonly events: readonly string[];
  readonly conversations: readonly string[];
}

const LOCK = statement<Named>(`
  SELECT 1 FROM conversation AS c
  WHERE c.conversation_id IN (
    SELECT conversation_id FROM turn WHERE turn_id = ANY (:turns::text[])
    UNION ALL SELECT conversation_id FROM delivery WHERE delivery_id = ANY (:deliveries::text[])
    UNION ALL SELECT conversation_id FROM event WHERE event_id = ANY (:events::text[])
    UNION ALL SELECT unnest(:conversations::text[]))
  ORDER BY c.conversation_id FOR UPDATE OF c`);

const LOCK_ONE = statement<{ conversationId: string }>(
  "SELECT 1 FROM conversation WHERE conversation_id = :conversationId FOR UPDATE",
);

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

// A name that is new is taken by its row, one that is known by the lock on it: an update that changes nothing takes that,
// and unlike a SELECT it doesn't pass over a row that was deleted a moment ago.
const LOCK_NAMES = statement<{ channel: string; account: string; names: readonly string[] }>(`
  INSERT INTO peer_name AS p (channel, account, name, is_lent)
  SELECT :channel, :account, name, 0 FROM unnest(:names::text[]) AS told (name) ORDER BY name
  ON CONFLICT (channel, account, name) DO UPDATE SET name = p.name WHERE p.is_lent < 0`);

/** For the transaction that has just begun. */
export async function lock({ get, run }: Statements, subjects: readonly Subject[]): Promise<void> {
  const events = subjects.flatMap((subject) => ("event" in subject ? [subject.event] : []));
  await Promise.all([insertConversations(run, events), get(LOCK, rowsOf(subjects))]);
}

export async function lockConversation({ get }: Statements, id: string): Promise<void> {
  await get(LOCK_ONE, { conversationId: id });
}

/**
 * The names of a person, before it is known which conversation they lead to. They are held by nobody but an ingest, which
 * takes them in their order, and its one conversation behind them.
 */
export async function lockNames({ run }: Statements, event: InboundEvent): Promise<void> {
  const { channel, account } = event.conversation;
  await run(LOCK_NAMES, { channel, account, names: namesOf(event) });
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

function rowsOf(subjects: readonly Subject[]): Named {
  const rows = {
    turns: [] as string[],
    deliveries: [] as string[],
    events: [] as string[],
    conversations: [] as string[],
  };
  for (const subject of subjects) {
    if ("turnId" in subject) rows.turns.push(subject.turnId);
    else if ("deliveryId" in subject) rows.deliveries.push(subject.deliveryId);
    else if ("eventId" in subject) rows.events.push(subject.eventId);
    else if ("conversationId" in subject) rows.conversations.push(subject.conversationId);
    else rows.conversations.push(conversationId(subject.event.conversation));
  }
  return rows;
}
