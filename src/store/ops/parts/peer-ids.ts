import { type ConversationRef, type PeerIds, peerIdsOf } from "../../../core/conversation.ts";
import type { InboundEvent } from "../../../core/event.ts";
import { conversationId as idOf } from "../../conversation-id.ts";
import { statement } from "../../statement.ts";
import type { Peer } from "../../store.ts";
import type { Transaction } from "../../transaction.ts";
import { insertConversation } from "./conversation-state.ts";

/*
 * Part of `ingest`: finds a person's conversation by any of their ids, and stores new ids. The ids are locked at the
 * beginning of the transaction; `findConversation` locks the conversation as soon as it is known.
 *
 * Precedence: the former id in the event; then the person's own id; then the reassignable one, unless its conversation
 * belongs to another own id: then the number was reassigned to another person, who gets a new conversation.
 *
 * `conversationsOf` is for all who look a person up by an id: messages without a turn, `forget`, search, filters.
 */

type Identified = InboundEvent & { readonly peerIds: PeerIds };

export function hasPeerIds(event: InboundEvent): event is Identified {
  return event.peerIds !== undefined;
}

/** Every id in the event, each once, in the global lock order. */
export function peerIdsIn({ peerIds }: InboundEvent): string[] {
  if (peerIds === undefined) return [];
  const { own, reassignable, formerly } = peerIds;
  const given = [own, reassignable, formerly?.own ?? null, formerly?.reassignable ?? null];
  return [...new Set(given.filter((id) => id !== null))].sort();
}

interface PeerId {
  channel: string;
  account: string;
  id: string;
}

interface PeerIdRow {
  conversation_id: string | null;
}

const SELECT_BY_ID = statement<PeerId, PeerIdRow>(
  "SELECT conversation_id FROM peer_id WHERE channel = :channel AND account = :account AND id = :id",
);

const SELECT_OTHER = statement<{ conversationId: string; own: string }, PeerIdRow>(`
  SELECT conversation_id FROM peer_id
  WHERE conversation_id = :conversationId AND is_reassignable = 0 AND id <> :own LIMIT 1`);

const SELECT_CONVERSATION = statement<{ conversationId: string }, PeerIdRow>(
  "SELECT conversation_id FROM conversation WHERE conversation_id = :conversationId",
);

// A row without a conversation is an id that this transaction has only locked.
const BIND = statement<PeerId & { conversationId: string; isReassignable: number }>(`
  INSERT INTO peer_id AS p (conversation_id, channel, account, id, is_reassignable)
  VALUES (:conversationId, :channel, :account, :id, :isReassignable)
  ON CONFLICT (channel, account, id) DO UPDATE
    SET conversation_id = excluded.conversation_id, address_since = NULL,
        is_reassignable = CASE WHEN p.conversation_id IS NULL THEN excluded.is_reassignable ELSE p.is_reassignable END
  WHERE p.conversation_id IS DISTINCT FROM excluded.conversation_id`);

const DELETE_FORMER = statement<PeerId & { conversationId: string }>(`
  DELETE FROM peer_id
  WHERE conversation_id = :conversationId AND channel = :channel AND account = :account AND id = :id AND is_reassignable = 1`);

/**
 * SQL: the id that a person is addressed by now; NULL for one who has only `peer_id`. The newest by the platform's time: a
 * late copy of an older event must not bring back a former number.
 */
export const addressOf = (conversationId: string) => `(
  SELECT id FROM peer_id
  WHERE conversation_id = ${conversationId} AND address_since IS NOT NULL ORDER BY address_since DESC LIMIT 1)`;

const SELECT_ADDRESS = statement<{ conversationId: string }, { id: string | null }>(
  `SELECT ${addressOf(":conversationId")} AS id`,
);

const SET_ADDRESS = statement<PeerId & { since: number }>(
  "UPDATE peer_id SET address_since = :since WHERE channel = :channel AND account = :account AND id = :id",
);

const RELEASE = statement<{ channel: string; account: string; ids: readonly string[] }>(
  ({ isIn }) => `
  DELETE FROM peer_id
  WHERE channel = :channel AND account = :account AND ${isIn("id", ":ids")} AND conversation_id IS NULL`,
);

/** The event's conversation. A new one isn't inserted yet, because a duplicate must not create one. */
export async function findConversation(tx: Transaction, event: InboundEvent): Promise<string> {
  if (!hasPeerIds(event)) return idOf(event.conversation);
  const conversationId = await findByIds(tx, event);
  await tx.lock(conversationId);
  return conversationId;
}

export async function rememberPeerIds(
  tx: Transaction,
  event: InboundEvent,
  conversationId: string,
  now: number,
): Promise<void> {
  if (!hasPeerIds(event)) return;
  await insertConversation(tx, conversationId, event.conversation, now);
  // One that is new wasn't there to be locked by `findConversation`.
  await tx.lock(conversationId);
  await bindPeerIds(tx, event, conversationId);
}

/** Deletes rows of ids that were only locked. */
export async function releasePeerIds(tx: Transaction, event: InboundEvent): Promise<void> {
  if (!hasPeerIds(event)) return;
  const { channel, account } = event.conversation;
  await tx.run(RELEASE, { channel, account, ids: peerIdsIn(event) });
}

/**
 * The conversations that a given id stands for, in every form that it may have: whoever is known by it now, then the one
 * that began with it. In an order in which the first is the person to write to.
 */
export async function conversationsOf(tx: Transaction, { channel, account, peerId }: Peer): Promise<string[]> {
  const found: string[] = [];
  for (const id of peerIdsOf(peerId)) {
    const known = await tx.get(SELECT_BY_ID, { channel, account, id });
    if (known?.conversation_id != null) found.push(known.conversation_id);
    const began = idOf({ channel, account, peerId: id });
    if ((await tx.get(SELECT_CONVERSATION, { conversationId: began })) !== undefined) found.push(began);
  }
  return [...new Set(found)];
}

async function findByIds(tx: Transaction, event: Identified): Promise<string> {
  const { conversation: ref, sentAt } = event;
  const { own, reassignable, formerly } = event.peerIds;
  const certain =
    (await findById(tx, ref, formerly?.own ?? null)) ??
    (await findById(tx, ref, formerly?.reassignable ?? null)) ??
    (await findById(tx, ref, own));
  if (certain !== null) return certain;
  const byNumber = await findById(tx, ref, reassignable);
  if (byNumber !== null && (own === null || !(await belongsToAnother(tx, byNumber, own)))) return byNumber;
  const byUs = await findBegunByUs(tx, ref, reassignable);
  if (byUs !== null && !(await belongsToAnother(tx, byUs, own))) return byUs;
  const fresh = idOf(ref);
  // The number belonged to another person before, and this person has no other id.
  return fresh === byUs ? idOf({ ...ref, peerId: [ref.peerId, sentAt].join("\u0000") }) : fresh;
}

async function findById(
  tx: Transaction,
  { channel, account }: Pick<ConversationRef, "channel" | "account">,
  id: string | null,
): Promise<string | null> {
  return id === null ? null : ((await tx.get(SELECT_BY_ID, { channel, account, id }))?.conversation_id ?? null);
}

/** The conversation has another own id, so it is another person's. */
async function belongsToAnother(tx: Transaction, conversationId: string, own: string | null): Promise<boolean> {
  return (await tx.get(SELECT_OTHER, { conversationId, own: own ?? "" })) !== undefined;
}

/** A conversation that was begun by us: it has a number and no other ids yet. */
async function findBegunByUs(
  tx: Transaction,
  ref: ConversationRef,
  reassignable: string | null,
): Promise<string | null> {
  if (reassignable === null) return null;
  const conversationId = idOf({ ...ref, peerId: reassignable });
  return (await tx.get(SELECT_CONVERSATION, { conversationId })) === undefined ? null : conversationId;
}

async function bindPeerIds(tx: Transaction, event: Identified, conversationId: string): Promise<void> {
  const { channel, account } = event.conversation;
  const { own, reassignable, formerly } = event.peerIds;
  if (own !== null) await tx.run(BIND, { conversationId, channel, account, id: own, isReassignable: 0 });
  if (reassignable !== null)
    await tx.run(BIND, { conversationId, channel, account, id: reassignable, isReassignable: 1 });
  if (formerly?.reassignable)
    await tx.run(DELETE_FORMER, { conversationId, channel, account, id: formerly.reassignable });
  const id = reassignable ?? own;
  if (id === null || (await tx.get(SELECT_ADDRESS, { conversationId }))?.id === id) return;
  await tx.run(SET_ADDRESS, { channel, account, id, since: event.sentAt });
}
