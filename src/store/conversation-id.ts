import { hash } from "node:crypto";
import type { ConversationRef } from "../core/conversation.ts";

/**
 * The id of a conversation follows from who talks to whom, so that any process knows it without asking the store, and
 * two that meet a new person at the same moment agree.
 */
export function conversationId(ref: Pick<ConversationRef, "channel" | "account" | "peerId">): string {
  // The parts can't contain the separator: channel and account are names from the settings, and it is not printable.
  const identity = [ref.channel, ref.account, ref.peerId].join("\u0000");
  return `conv_${hash("sha256", identity).slice(0, 32)}`;
}
