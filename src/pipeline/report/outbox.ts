import type { Conversation } from "../../core/conversation.ts";
import type { Reply } from "../../core/reply.ts";
import type { LeasedTurn } from "../../core/turn.ts";
import type { AgentActivity } from "../../runtime/agent-activity.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type { RefusedDelivery } from "../../store/attempt.ts";
import type { Answered } from "../../store/store.ts";

export type OutboxOutcome =
  /** Accepted before, under the same idempotency key. */
  | { readonly kind: "repeated"; readonly lease: LeasedTurn }
  | {
      readonly kind: "queued";
      readonly lease: LeasedTurn;
      readonly conversation: Conversation;
      readonly replies: readonly Reply[];
      /** False: the turn stays with the agent. */
      readonly done: boolean;
      /** How long the agent had the turn, in ms; `undefined` when it isn't known. */
      readonly agentMs: number | undefined;
      /** Replies that the channel adapted, with the reason. */
      readonly adapted: readonly string[];
      readonly answered: Answered;
      readonly startedAt: number;
    };

type Watched = Telemetry & { readonly clock: Clock; readonly agentActivity: AgentActivity };

export function reportOutbox(watched: Watched) {
  return (outcome: OutboxOutcome): void => {
    switch (outcome.kind) {
      case "repeated": {
        const { turnId, fence } = outcome.lease;
        watched.log.info({ turnId, fence }, "replies repeated under a known idempotency key: nothing was changed");
        return;
      }
      case "queued":
        queued(watched, outcome);
        return;
      default:
        outcome satisfies never;
    }
  };
}

/** Deliveries that are dead from the beginning. */
export function reportRefused(
  { log, metrics }: Pick<Telemetry, "log" | "metrics">,
  { channel, account }: Conversation,
  refused: readonly RefusedDelivery[],
  turnId: string | null = null,
): void {
  for (const { deliveryId, reason } of refused) {
    metrics.deliveries.inc({ channel, route: "none", outcome: "dead", account });
    log.error({ deliveryId, turnId, channel, account, reason }, "delivery dead: it waits for a person");
  }
}

function queued(
  watched: Watched,
  { lease, conversation, replies, done, agentMs, adapted, answered, startedAt }: OutboxOutcome & { kind: "queued" },
): void {
  const { log, metrics, traces, clock } = watched;
  const { turnId, fence } = lease;
  const { channel, account, conversationId } = conversation;
  for (const reason of adapted) log.info({ turnId, channel, reason }, "reply adapted");
  if (done) metrics.turns.inc({ outcome: "done" });
  watched.agentActivity.answered(turnId);
  traces.record(turnId, "outbox", { from: startedAt, to: clock.now() });
  const facts = {
    turnId,
    conversationId,
    channel,
    account,
    fence,
    agentMs,
    answer: JSON.stringify(replies),
    replies: replies.length,
    deliveries: answered.deliveryIds.length,
    bundled: answered.bundled,
    done,
  };
  log.info(facts, done ? "turn answered" : "replies added");
  reportRefused(watched, conversation, answered.refused, turnId);
}
