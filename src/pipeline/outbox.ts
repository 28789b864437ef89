import type { RenderContext } from "../channels/channel.ts";
import { accountKeyOf, type Conversation } from "../core/conversation.ts";
import { assert } from "../core/errors.ts";
import type { TurnEvent } from "../core/event.ts";
import type { Reply, UnsayableReply } from "../core/reply.ts";
import type { LeasedTurn } from "../core/turn.ts";
import type { Answered } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { reserveFirstAttempt, type SendDeps } from "./send.ts";
import { toOutgoingMessages } from "./support/outgoing-messages.ts";
import { slowReplyFor } from "./support/slow-reply.ts";

export interface Answer {
  readonly conversation: Conversation;
  /** The turn's events, which the replies may quote. */
  readonly events: readonly TurnEvent[];
  readonly replies: readonly Reply[];
  /** What the agent gave beside them that can't be said. Default: nothing. */
  readonly unsayable?: readonly UnsayableReply[] | undefined;
  /** False: these are added, and the turn stays with the agent. */
  readonly done: boolean;
  /** Idempotency key within the turn. Default: none. */
  readonly key?: string | null;
  /** How long the agent had the turn, in ms. Default: not known. */
  readonly agentMs?: number | undefined;
}

export type OutboxDeps = SendDeps & Pick<Deps, "turnCompletions">;

/**
 * Queues the agent's replies as deliveries, in the transaction that ends the turn, and starts the first attempt there if a
 * call may be made now.
 *
 * Throws `Fenced` when the turn was answered before or has another owner, `Unrenderable` when the platform can't show one of
 * the replies.
 */
export async function queueReplies(deps: OutboxDeps, lease: LeasedTurn, answer: Answer): Promise<Answered> {
  const { store, channels, settings, clock, wake, report } = deps;
  const { turnId, fence } = lease;
  const { conversation, replies, done, agentMs } = answer;
  const { channel: name, account } = conversation;
  const channel = channels.find(name, account);
  const accountKey = accountKeyOf(conversation);
  assert(channel !== null, `a turn of ${accountKey} was claimed without that channel`);
  const rendered = channel.render(replies, contextOf(answer.events));
  const { adapted } = rendered;
  const startedAt = clock.now();
  const first = reserveFirstAttempt(deps, turnId, accountKey);
  let answered: Answered;
  try {
    answered = await store.answerTurn({
      turnId,
      fence,
      messages: toOutgoingMessages(channel, rendered, answer.unsayable),
      messagesPerCall: channel.messagesPerCall,
      done,
      coalesceMs: settings.coalesceMs,
      restButton: slowReplyFor(channel, conversation),
      key: answer.key ?? null,
      ...(first !== null && { start: first.terms }),
    });
  } catch (error) {
    first?.abandon();
    throw error;
  }
  if (answered.repeated) {
    first?.end(null);
    report.outbox({ kind: "repeated", lease: { turnId, fence } });
    return answered;
  }
  report.outbox({ kind: "queued", lease, conversation, replies, done, agentMs, adapted, answered, startedAt });
  first?.end(answered.started);
  const isSending = answered.started?.kind === "send";
  if (!isSending && (answered.deliveryIds.length > 0 || done)) wake.signal("send");
  if (done) {
    deps.turnCompletions.release(turnId);
    if (answered.hasNextTurn) wake.signal("claim");
  }
  return answered;
}

function contextOf(events: readonly TurnEvent[]): RenderContext {
  return {
    message: (id) => events.map(({ content }) => content.message).find((message) => message?.id === id) ?? null,
  };
}
