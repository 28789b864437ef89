import type { RenderContext } from "../channels/channel.ts";
import type { Conversation } from "../core/conversation.ts";
import { assert } from "../core/errors.ts";
import type { TurnEvent } from "../core/event.ts";
import type { Reply } from "../core/reply.ts";
import type { HeldTurn } from "../core/turn.ts";
import type { Answered } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { slowReplyFor } from "./support/slow-reply.ts";

export interface Answer {
  readonly conversation: Conversation;
  /** Of the turn: what the replies may quote. */
  readonly events: readonly TurnEvent[];
  readonly replies: readonly Reply[];
  /** False: these are added, and the turn stays with the agent. */
  readonly done: boolean;
  /** The agent's own name for it within the turn: a repeat is taken once. Default: none. */
  readonly key?: string | null;
  /** How long the agent had the turn, in ms. Default: not known. */
  readonly agentMs?: number | undefined;
}

/**
 * The agent's replies become deliveries in the transaction that ends the turn.
 *
 * Throws `Fenced` when the turn was answered before or is somebody else's, `Unrenderable` when the platform can't say
 * one of the replies.
 */
export async function queueReplies(deps: Deps, held: HeldTurn, answer: Answer): Promise<Answered> {
  const { channel: name, account } = answer.conversation;
  const channel = deps.channels.find(name, account);
  assert(channel !== null, `a turn of ${name}/${account} was claimed without that channel`);
  const { messages, adapted } = channel.render(answer.replies, contextOf(answer.events));
  const from = deps.clock.now();
  const answered = await deps.store.answerTurn({
    turnId: held.turnId,
    fence: held.fence,
    messages,
    messagesPerCall: channel.messagesPerCall,
    done: answer.done,
    gatherMs: deps.settings.coalesceMs,
    rest: slowReplyFor(channel, answer.conversation),
    isRefused: (messages) => channel.problemWith(messages) !== null,
    key: answer.key ?? null,
  });
  if (answered.repeated) {
    deps.log.info({ turnId: held.turnId, fence: held.fence }, "replies taken before: nothing was changed");
    return answered;
  }
  for (const reason of adapted) deps.log.info({ turnId: held.turnId, channel: name, reason }, "reply adapted");
  if (answer.done) deps.metrics.turns.inc({ outcome: "done" });
  deps.traces.note(held.turnId, "outbox", { from, to: deps.clock.now() });
  deps.log.info(
    {
      turnId: held.turnId,
      conversationId: answer.conversation.conversationId,
      channel: name,
      account,
      fence: held.fence,
      agentMs: answer.agentMs,
      answer: JSON.stringify(answer.replies),
      replies: answer.replies.length,
      deliveries: answered.deliveryIds.length,
      carried: answered.carried,
      done: answer.done,
    },
    answer.done ? "turn answered" : "replies added",
  );
  if (answered.deliveryIds.length > 0 || answer.done) deps.wake.signal("send");
  if (answer.done) {
    deps.answered.release(held.turnId);
    deps.wake.signal("claim");
  }
  return answered;
}

function contextOf(events: readonly TurnEvent[]): RenderContext {
  return {
    message: (id) => events.map(({ content }) => content.message).find((message) => message?.id === id) ?? null,
  };
}
