import type { Conversation, ConversationStatus } from "../../core/conversation.ts";
import type { ConversationOperated, ConversationOrder } from "../operator.ts";
import { type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import * as handover from "./parts/handover.ts";
import { earlierAction, recordAction } from "./parts/recorded-action.ts";

/* An operator takes a conversation over from the bot, or gives it back: the same pause as a human agent's answer makes. */

const SELECT = statement<{ conversationId: string }, ConversationRow & { paused_until: number | null }>(`
  SELECT conversation_id, channel, account, kind, peer_id, paused_until FROM conversation
  WHERE conversation_id = :conversationId`);

interface Found {
  readonly conversation: Conversation;
  /** Epoch ms; `null`: it isn't paused at `now`. */
  readonly pausedUntil: number | null;
}

export async function operateConversation(tx: Transaction, order: ConversationOrder): Promise<ConversationOperated> {
  const { conversationId, actionId, actor, action } = order;
  const now = tx.now();
  const found = await find(tx, conversationId, now);
  if (found === null) return { kind: "no-such-conversation" };
  const { conversation, pausedUntil } = found;
  const earlier = await earlierAction(tx, conversationId, actionId);
  if (earlier !== undefined) {
    if (earlier.action !== action) return { kind: "other-action", action: earlier.action };
    return { kind: "done", conversation, pausedUntil, isRepeated: true };
  }
  if (action === "resume" && pausedUntil === null) return { kind: "not-paused" };
  if (action === "pause") await handover.pause(tx, conversationId, now + order.forMs);
  else await handover.resume(tx, conversationId);
  const [from, to] = [statusOf(pausedUntil), action === "pause" ? "paused" : "active"] as const;
  await recordAction(tx, {
    at: now,
    actionId,
    actor,
    action,
    item: "conversation",
    id: conversationId,
    conversationId,
    from,
    to,
  });
  const until = action === "resume" ? null : Math.max(pausedUntil ?? 0, now + order.forMs);
  return { kind: "done", conversation, pausedUntil: until, isRepeated: false };
}

async function find(tx: Transaction, conversationId: string, now: number): Promise<Found | null> {
  const row = await tx.get(SELECT, { conversationId });
  if (row === undefined) return null;
  const { paused_until: until } = row;
  return { conversation: toConversation(row), pausedUntil: until !== null && until > now ? until : null };
}

const statusOf = (pausedUntil: number | null): ConversationStatus => (pausedUntil === null ? "active" : "paused");
