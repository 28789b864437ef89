import type { BatchPolicy } from "../../core/batch.ts";
import type { Conversation, ConversationKind, ConversationRef } from "../../core/conversation.ts";
import type { Dialect } from "../dialect.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { hasMessagesOutsideTurns } from "./turn-events.ts";

/* Part of `ingest`: reads the state of the event's conversation, once. */

interface Row {
  kind: ConversationKind;
  peer_id: string;
  is_busy: number;
  has_outside_turns: number;
  paused_until: number | null;
  has_parked: number;
  turn_id: string | null;
  first_event_at: number;
  quiet_ms: number;
  max_wait_ms: number;
  max_events: number;
}

const SELECT = statement<{ conversationId: string; now: number }, Row>(
  (dialect) => `
  SELECT c.kind, c.peer_id, c.paused_until, t.turn_id, t.first_event_at, t.quiet_ms, t.max_wait_ms, t.max_events,
         EXISTS (SELECT 1 FROM delivery AS d ${dialect.indexedBy("delivery_parked")}
                 WHERE d.conversation_id = c.conversation_id AND d.state = 'parked') AS has_parked,
         ${isBusy("c.conversation_id", dialect)} AS is_busy,
         ${hasMessagesOutsideTurns("c.conversation_id", ":now", dialect)} AS has_outside_turns
  FROM conversation AS c LEFT JOIN turn AS t ON t.conversation_id = c.conversation_id AND t.state = 'collecting'
  WHERE c.conversation_id = :conversationId`,
);

interface NewConversation {
  conversationId: string;
  channel: string;
  account: string;
  kind: string;
  peerId: string;
  now: number;
}

const INSERT = statement<NewConversation>(`
  INSERT INTO conversation (conversation_id, channel, account, kind, peer_id, created_at)
  VALUES (:conversationId, :channel, :account, :kind, :peerId, :now) ON CONFLICT DO NOTHING`);

export interface ConversationState {
  readonly conversation: Conversation;
  /** A turn is ready or leased. */
  readonly isBusy: boolean;
  /** It has messages that opened no turn. */
  readonly hasOutsideTurns: boolean;
  /** Handover: a human agent answers until then. */
  readonly pausedUntil: number;
  /** A delivery is parked: it waits for a free route, or for the window. */
  readonly hasParked: boolean;
  /** The collecting turn, with the policy it was opened with; `null`: none. */
  readonly collecting: CollectingTurn | null;
}

export interface CollectingTurn {
  readonly turnId: string;
  readonly firstEventAt: number;
  readonly policy: BatchPolicy;
}

const NEW = { isBusy: false, hasOutsideTurns: false, pausedUntil: 0, hasParked: false, collecting: null };

/** SQL: a turn of the conversation is ready or leased. */
export function isBusy(conversationId: string, { indexedBy }: Dialect): string {
  return `(
    EXISTS (SELECT 1 FROM turn AS l WHERE l.conversation_id = ${conversationId} AND l.state = 'leased')
    OR EXISTS (SELECT 1 FROM turn AS r ${indexedBy("turn_ready_in_order")}
               WHERE r.conversation_id = ${conversationId} AND r.state = 'ready'))`;
}

/** Inserts the conversation if it is new. */
export async function readConversationState(
  tx: Transaction,
  conversationId: string,
  ref: ConversationRef,
  now: number,
): Promise<ConversationState> {
  const { channel, account, kind, peerId } = ref;
  const row = await tx.get(SELECT, { conversationId, now });
  // A person who has several names may come under another than the conversation began with.
  if (row !== undefined) return toState(row, { conversationId, channel, account, kind: row.kind, peerId: row.peer_id });
  await insertConversation(tx, conversationId, ref, now);
  return { ...NEW, conversation: { conversationId, channel, account, kind, peerId } };
}

export async function insertConversation(
  tx: Transaction,
  conversationId: string,
  { channel, account, kind, peerId }: ConversationRef,
  now: number,
): Promise<void> {
  await tx.run(INSERT, { conversationId, channel, account, kind, peerId, now });
}

function toState(row: Row, conversation: Conversation): ConversationState {
  const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };
  return {
    conversation,
    isBusy: row.is_busy === 1,
    hasOutsideTurns: row.has_outside_turns === 1,
    pausedUntil: row.paused_until ?? 0,
    hasParked: row.has_parked === 1,
    collecting: row.turn_id === null ? null : { turnId: row.turn_id, firstEventAt: row.first_event_at, policy },
  };
}
