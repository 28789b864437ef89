import type { BatchPolicy } from "../../core/batch.ts";
import type { ConversationRef } from "../../core/conversation.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

/* Part of `ingest`: reads the state of the event's conversation, once. */

interface Row {
  paused_until: number | null;
  has_parked: number;
  turn_id: string | null;
  first_event_at: number;
  quiet_ms: number;
  max_wait_ms: number;
  max_events: number;
}

const SELECT = statement<{ conversationId: string }, Row>(
  ({ indexedBy }) => `
  SELECT c.paused_until, t.turn_id, t.first_event_at, t.quiet_ms, t.max_wait_ms, t.max_events,
         EXISTS (SELECT 1 FROM delivery AS d ${indexedBy("delivery_parked")}
                 WHERE d.conversation_id = c.conversation_id AND d.state = 'parked') AS has_parked
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

const NEW: ConversationState = { pausedUntil: 0, hasParked: false, collecting: null };

/** Inserts the conversation if it is new. */
export async function readConversationState(
  tx: Transaction,
  conversationId: string,
  ref: ConversationRef,
  now: number,
): Promise<ConversationState> {
  const row = await tx.get(SELECT, { conversationId });
  if (row !== undefined) return toSituation(row);
  await insertConversation(tx, conversationId, ref, now);
  return NEW;
}

export async function insertConversation(
  tx: Transaction,
  conversationId: string,
  { channel, account, kind, peerId }: ConversationRef,
  now: number,
): Promise<void> {
  await tx.run(INSERT, { conversationId, channel, account, kind, peerId, now });
}

function toSituation(row: Row): ConversationState {
  const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };
  return {
    pausedUntil: row.paused_until ?? 0,
    hasParked: row.has_parked === 1,
    collecting: row.turn_id === null ? null : { turnId: row.turn_id, firstEventAt: row.first_event_at, policy },
  };
}
