import { type ConversationRef, type PeerNames, peerIdsOf } from "../../core/conversation.ts";
import type { InboundEvent } from "../../core/event.ts";
import { conversationId as idOf } from "../conversation-id.ts";
import { statement } from "../statement.ts";
import type { Peer } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { insertConversation } from "./conversation-state.ts";

/*
 * Part of `ingest`: finds a person's conversation by any of their names, and stores new names. The names are locked at the
 * beginning of the transaction; `findConversation` locks the conversation as soon as it is known.
 *
 * Precedence: the former name in the event; then the person's own name; then the reassignable one, unless its conversation
 * belongs to another own name: then the number was reassigned to another person, who gets a new conversation.
 *
 * `conversationsOf` is for all who look a person up by a name: messages without a turn, `forget`, search, filters.
 */

type Named = InboundEvent & { readonly peerNames: PeerNames };

export function hasPeerNames(event: InboundEvent): event is Named {
  return event.peerNames !== undefined;
}

/** Every name in the event, each once, in the global lock order. */
export function namesOf({ peerNames }: InboundEvent): string[] {
  if (peerNames === undefined) return [];
  const { own, reassignable, formerly } = peerNames;
  const given = [own, reassignable, formerly?.own ?? null, formerly?.reassignable ?? null];
  return [...new Set(given.filter((name) => name !== null))].sort();
}

interface Name {
  channel: string;
  account: string;
  name: string;
}

interface NameRow {
  conversation_id: string | null;
}

const SELECT_BY_NAME = statement<Name, NameRow>(
  "SELECT conversation_id FROM peer_name WHERE channel = :channel AND account = :account AND name = :name",
);

const SELECT_OTHER = statement<{ conversationId: string; own: string }, NameRow>(`
  SELECT conversation_id FROM peer_name
  WHERE conversation_id = :conversationId AND is_reassignable = 0 AND name <> :own LIMIT 1`);

const SELECT_CONVERSATION = statement<{ conversationId: string }, NameRow>(
  "SELECT conversation_id FROM conversation WHERE conversation_id = :conversationId",
);

// A row without a conversation is a name that this transaction has only locked.
const BIND = statement<Name & { conversationId: string; isReassignable: number }>(`
  INSERT INTO peer_name AS p (conversation_id, channel, account, name, is_reassignable)
  VALUES (:conversationId, :channel, :account, :name, :isReassignable)
  ON CONFLICT (channel, account, name) DO UPDATE
    SET conversation_id = excluded.conversation_id, address_since = NULL,
        is_reassignable = CASE WHEN p.conversation_id IS NULL THEN excluded.is_reassignable ELSE p.is_reassignable END
  WHERE p.conversation_id IS DISTINCT FROM excluded.conversation_id`);

const DELETE_FORMER = statement<Name & { conversationId: string }>(`
  DELETE FROM peer_name
  WHERE conversation_id = :conversationId AND channel = :channel AND account = :account AND name = :name AND is_reassignable = 1`);

/**
 * SQL: the id that a person is addressed by now; NULL for one who has only `peer_id`. The newest by the platform's time: a
 * late copy of an older event must not bring back a former number.
 */
export const addressOf = (conversationId: string) => `(
  SELECT name FROM peer_name
  WHERE conversation_id = ${conversationId} AND address_since IS NOT NULL ORDER BY address_since DESC LIMIT 1)`;

const SELECT_ADDRESS = statement<{ conversationId: string }, { name: string | null }>(
  `SELECT ${addressOf(":conversationId")} AS name`,
);

const SET_ADDRESS = statement<Name & { since: number }>(
  "UPDATE peer_name SET address_since = :since WHERE channel = :channel AND account = :account AND name = :name",
);

const RELEASE = statement<{ channel: string; account: string; names: readonly string[] }>(
  ({ isIn }) => `
  DELETE FROM peer_name
  WHERE channel = :channel AND account = :account AND ${isIn("name", ":names")} AND conversation_id IS NULL`,
);

/** The event's conversation. A new one isn't inserted yet, because a duplicate must not create one. */
export async function findConversation(tx: Transaction, event: InboundEvent): Promise<string> {
  if (!hasPeerNames(event)) return idOf(event.conversation);
  const conversationId = await findByName(tx, event);
  await tx.lock(conversationId);
  return conversationId;
}

export async function rememberNames(
  tx: Transaction,
  event: InboundEvent,
  conversationId: string,
  now: number,
): Promise<void> {
  if (!hasPeerNames(event)) return;
  await insertConversation(tx, conversationId, event.conversation, now);
  // One that is new wasn't there to be locked by `findConversation`.
  await tx.lock(conversationId);
  await bindNames(tx, event, conversationId);
}

/** Deletes rows of names that were only locked. */
export async function releaseNames(tx: Transaction, event: InboundEvent): Promise<void> {
  if (!hasPeerNames(event)) return;
  const { channel, account } = event.conversation;
  await tx.run(RELEASE, { channel, account, names: namesOf(event) });
}

/**
 * The conversations that a given name stands for, by every id that it may be: whoever is known by that name now, then the one
 * that began with it. In an order in which the first is the person to write to.
 */
export async function conversationsOf(tx: Transaction, { channel, account, peerId }: Peer): Promise<string[]> {
  const found: string[] = [];
  for (const name of peerIdsOf(peerId)) {
    const named = await tx.get(SELECT_BY_NAME, { channel, account, name });
    if (named?.conversation_id != null) found.push(named.conversation_id);
    const began = idOf({ channel, account, peerId: name });
    if ((await tx.get(SELECT_CONVERSATION, { conversationId: began })) !== undefined) found.push(began);
  }
  return [...new Set(found)];
}

async function findByName(tx: Transaction, event: Named): Promise<string> {
  const { conversation: ref, sentAt } = event;
  const { own, reassignable, formerly } = event.peerNames;
  const certain =
    (await findByOneName(tx, ref, formerly?.own ?? null)) ??
    (await findByOneName(tx, ref, formerly?.reassignable ?? null)) ??
    (await findByOneName(tx, ref, own));
  if (certain !== null) return certain;
  const byNumber = await findByOneName(tx, ref, reassignable);
  if (byNumber !== null && (own === null || !(await belongsToAnother(tx, byNumber, own)))) return byNumber;
  const byUs = await findBegunByUs(tx, ref, reassignable);
  if (byUs !== null && !(await belongsToAnother(tx, byUs, own))) return byUs;
  const fresh = idOf(ref);
  // The number belonged to another person before, and this person has no other name.
  return fresh === byUs ? idOf({ ...ref, peerId: [ref.peerId, sentAt].join("\u0000") }) : fresh;
}

async function findByOneName(
  tx: Transaction,
  { channel, account }: Pick<ConversationRef, "channel" | "account">,
  name: string | null,
): Promise<string | null> {
  return name === null ? null : ((await tx.get(SELECT_BY_NAME, { channel, account, name }))?.conversation_id ?? null);
}

/** The conversation has another own name, so it is another person's. */
async function belongsToAnother(tx: Transaction, conversationId: string, own: string | null): Promise<boolean> {
  return (await tx.get(SELECT_OTHER, { conversationId, own: own ?? "" })) !== undefined;
}

/** A conversation that was begun by us: it has a number and no names yet. */
async function findBegunByUs(
  tx: Transaction,
  ref: ConversationRef,
  reassignable: string | null,
): Promise<string | null> {
  if (reassignable === null) return null;
  const conversationId = idOf({ ...ref, peerId: reassignable });
  return (await tx.get(SELECT_CONVERSATION, { conversationId })) === undefined ? null : conversationId;
}

async function bindNames(tx: Transaction, event: Named, conversationId: string): Promise<void> {
  const { channel, account } = event.conversation;
  const { own, reassignable, formerly } = event.peerNames;
  if (own !== null) await tx.run(BIND, { conversationId, channel, account, name: own, isReassignable: 0 });
  if (reassignable !== null)
    await tx.run(BIND, { conversationId, channel, account, name: reassignable, isReassignable: 1 });
  if (formerly?.reassignable)
    await tx.run(DELETE_FORMER, { conversationId, channel, account, name: formerly.reassignable });
  const name = reassignable ?? own;
  if (name === null || (await tx.get(SELECT_ADDRESS, { conversationId }))?.name === name) return;
  await tx.run(SET_ADDRESS, { channel, account, name, since: event.sentAt });
}
