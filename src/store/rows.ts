import type { Conversation, ConversationKind } from "../core/conversation.ts";
import type { EventContent, TurnEvent } from "../core/event.ts";

/** Columns of `conversation` that make a `Conversation`. */
export interface ConversationRow {
  conversation_id: string;
  channel: string;
  account: string;
  kind: ConversationKind;
  peer_id: string;
}

export const CONVERSATION_COLUMNS = "c.conversation_id, c.channel, c.account, c.kind, c.peer_id";

export function toConversation(row: ConversationRow): Conversation {
  return {
    conversationId: row.conversation_id,
    channel: row.channel,
    account: row.account,
    kind: row.kind,
    peerId: row.peer_id,
  };
}

export interface EventRow {
  event_id: string;
  platform_event_id: string;
  type: string;
  sent_at: number;
  received_at: number;
  redelivered: number;
  sender_id: string | null;
  sender_name: string | null;
  content: string;
}

export const EVENT_COLUMNS =
  "e.event_id, e.platform_event_id, e.type, e.sent_at, e.received_at, e.redelivered, e.sender_id, e.sender_name, e.content";

export function toTurnEvent(row: EventRow): TurnEvent {
  return {
    eventId: row.event_id,
    platformEventId: row.platform_event_id,
    type: row.type,
    sentAt: row.sent_at,
    receivedAt: row.received_at,
    redelivered: row.redelivered === 1,
    sender: row.sender_id === null ? null : { id: row.sender_id, name: row.sender_name },
    content: JSON.parse(row.content) as EventContent,
  };
}
