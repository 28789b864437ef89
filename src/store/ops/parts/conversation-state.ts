import type { BatchPolicy } from "../../../core/batch.ts";
import type { Conversation, ConversationKind, ConversationRef } from "../../../core/conversation.ts";
import type { Dialect } from "../../dialect.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { hasMessagesOutsideTurns } from "./turn-events.ts";

/* Part of `ingest`: reads the state of the event's conversation, once. */

export interface StateRow {
  kind: ConversationKind;
  peer_id: string;
  fence: number;
  is_busy: number;
  has_context: number;
  paused_until: number | null;
  early_echo_at: number | null;
  has_parked: number;
  turn_id: string | null;
  first_event_at: number;
  quiet_ms: number;
  max_wait_ms: number;
  max_events: number;
}

const SELECT = statement<{ conversationId: string; contextSince: number }, StateRow>(
  (dialect) => `
  SELECT c.kind, c.peer_id, c.fence, c.paused_until, c.early_echo_at,
         t.turn_id, t.first_event_at, t.quiet_ms, t.max_wait_ms, t.max_events,
         EXISTS (SELECT 1 FROM delivery AS d ${dialect.indexedBy("delivery_parked")}
                 WHERE d.conversation_id = c.conversation_id AND d.state = 'parked') AS has_parked,
         ${isBusy("c.conversation_id", dialect)} AS is_busy,
         ${hasMessagesOutsideTurns("c.conversation_id", "> :contextSince", dialect)} AS has_context
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
  /** The newest lease's. */
  readonly fence: number;
  /** A turn is ready or leased. */
  readonly isBusy: boolean;
  /** Messages that opened no turn may be context of the next one. */
  readonly hasContext: boolean;
  /** Handover: a human agent answers until then. */
  readonly pausedUntil: number;
  /** When that answer was sent, if it may be the automatic greeting of a message that hasn't come yet; else `null`. */
  readonly earlyEchoAt: number | null;
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

const NEW = {
  fence: 0,
  isBusy: false,
  hasContext: false,
  pausedUntil: 0,
  earlyEchoAt: null,
  hasParked: false,
  collecting: null,
};

/** SQL: a turn of the conversation is ready or leased. */
function isBusy(conversationId: string, { indexedBy }: Dialect): string {
  return `(
    EXISTS (SELECT 1 FROM turn AS l WHERE l.conversation_id = ${conversationId} AND l.state = 'leased')
    OR EXISTS (SELECT 1 FROM turn AS r ${indexedBy("turn_ready_in_order")}
               WHERE r.conversation_id = ${conversationId} AND r.state = 'ready'))`;
}

/** `contextSince`: messages that opened no turn are context when they came after that (epoch ms). */
export function selectState(
  tx: Transaction,
  conversationId: string,
  contextSince: number,
): Promise<StateRow | undefined> {
  return tx.get(SELECT, { conversationId, contextSince });
}

/** The state of a row. Without one it inserts the conversation, which is new. */
export async function stateOrInsert(
  tx: Transaction,
  row: StateRow | undefined,
  conversationId: string,
  ref: ConversationRef,
  now: number,
): Promise<ConversationState> {
  const { channel, account, kind, peerId } = ref;
  // A person who has several ids may come under another than the conversation began with.
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

function toState(row: StateRow, conversation: Conversation): ConversationState {
  const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };
  return {
    conversation,
    fence: row.fence,
    isBusy: row.is_busy === 1,
    hasContext: row.has_context === 1,
    pausedUntil: row.paused_until ?? 0,
    earlyEchoAt: row.early_echo_at,
    hasParked: row.has_parked === 1,
    collecting: row.turn_id === null ? null : { turnId: row.turn_id, firstEventAt: row.first_event_at, policy },
  };
}
