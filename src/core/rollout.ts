import type { BatchPolicy } from "./batch.ts";
import type { ConversationRef } from "./conversation.ts";

/** Gradual rollout of batching: the listed peers, and this percentage of the others. */
export interface Rollout {
  readonly percent: number;
  readonly peers: readonly string[];
}

/**
 * The batch policy of that conversation. Only asked when a turn opens: the turn keeps it, so that a changed setting
 * never splits one.
 */
export function batchFor(conversation: ConversationRef, batch: BatchPolicy, { percent, peers }: Rollout): BatchPolicy {
  if (percent >= 100 || peers.includes(conversation.peerId) || bucketOf(conversation) < percent) return batch;
  return { ...batch, quietMs: 0 };
}

/** 0 to 99, and always the same for a conversation: a higher percentage only adds conversations. */
function bucketOf({ channel, account, kind, peerId }: ConversationRef): number {
  // FNV-1a, 32 bits: spreads ids evenly, and is the same in every version and process.
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify([channel, account, kind, peerId])) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0) % 100;
}
