import { hash } from "node:crypto";
import type { ConversationRef } from "../core/conversation.ts";

/**
 * The id of a conversation is a hash of channel, account and peer, so that any process knows it without a query, and two
 * processes that insert the same new conversation agree.
 */
export function conversationId(ref: Pick<ConversationRef, "channel" | "account" | "peerId">): string {
  // No part contains the separator: channel and account are names from the settings, and ids with NUL are refused.
  const identity = [ref.channel, ref.account, ref.peerId].join("\u0000");
  return `conv_${hash("sha256", identity).slice(0, 32)}`;
}
