import type { DeferredReplies, DeferredReplyResult } from "../../agents/agent.ts";
import { Unrenderable } from "../../channels/channel.ts";
import { Unavailable } from "../../core/errors.ts";
import { unlessFenced } from "../../runtime/loop.ts";
import { type OutboxDeps, queueReplies } from "../outbox.ts";

/** Accepts deferred replies: over the reply API or a socket, not as the outcome of `invoke`. */
export async function acceptDeferredReply(deps: OutboxDeps, answer: DeferredReplies): Promise<DeferredReplyResult> {
  const { turnId, fence, replies, unsayable, done, key } = answer;
  try {
    const turn = await deps.store.findTurn(turnId);
    if (turn === null) return { kind: "no-such-turn" };
    // A write that is fenced costs those that it shares a commit with. With a key it may be a repeat, which the write knows.
    const isOver = turn.fence !== fence || turn.state !== "leased";
    if (isOver && !key) return { kind: "fenced", state: turn.state };
    const { conversation, events } = turn;
    const queued = await unlessFenced(() =>
      queueReplies(deps, { turnId, fence }, { conversation, events, replies, unsayable, done, key }),
    );
    if (queued === "fenced") return await whyFenced(deps, turnId);
    const refused = queued.refused.map(({ reason }) => reason);
    return { kind: "queued", deliveryIds: queued.deliveryIds, repeated: queued.repeated ?? false, refused };
  } catch (error) {
    if (error instanceof Unrenderable) return { kind: "unsayable", reason: error.message };
    if (error instanceof Unavailable) return { kind: "unavailable" };
    throw error;
  }
}

/** The turn moved on after it was read: what it is now. */
async function whyFenced({ store }: Pick<OutboxDeps, "store">, turnId: string): Promise<DeferredReplyResult> {
  const turn = await store.findTurn(turnId);
  return turn === null ? { kind: "no-such-turn" } : { kind: "fenced", state: turn.state };
}
