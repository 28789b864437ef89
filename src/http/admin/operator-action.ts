import type { Deps } from "../../pipeline/deps.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type {
  AccountOrder,
  AccountStarted,
  ConversationOperated,
  ConversationOrder,
  Operated,
  OperatorOrder,
} from "../../store/operator.ts";

export type OperatorActionDeps = Pick<Deps, "store" | "wake" | "turnCompletions"> & Pick<Telemetry, "log" | "metrics">;

/** An operator's action, and its effects in this process. */
export async function performItemAction(deps: OperatorActionDeps, order: OperatorOrder): Promise<Operated> {
  const operated = await deps.store.operate(order);
  const { actionId, actor, action, id } = order;
  const facts = { actionId, actor, action, id };
  switch (operated.kind) {
    case "done": {
      const { from, to, isRepeated, route, conversation } = operated;
      deps.log.info({ ...facts, from, to, isRepeated }, "operator's action");
      if (isRepeated) break;
      if (action === "sent")
        deps.metrics.deliveries.inc({
          channel: conversation.channel,
          route: route ?? "none",
          outcome: "sent",
          account: conversation.account,
        });
      // Discarded or sent, it blocks no other delivery and carries no bundle any more.
      deps.wake.signal("send");
      if (operated.item === "turn") {
        deps.wake.signal("claim");
        // Its call has a place that others wait for; one of another process ends when it next renews the lease.
        if (from === "leased") deps.turnCompletions.release(id);
      }
      break;
    }
    case "refused":
      deps.log.warn({ ...facts, state: operated.state, reason: operated.why }, "operator's action refused");
      break;
    case "no-such-item":
    case "other-action":
      deps.log.warn({ ...facts, reason: operated.kind }, "operator's action refused");
      break;
    default:
      operated satisfies never;
  }
  return operated;
}

/** An operator starts a stopped account: this process sends one of its deliveries first. */
export async function performAccountStart(deps: OperatorActionDeps, order: AccountOrder): Promise<AccountStarted> {
  const started = await deps.store.startAccount(order);
  const { actionId, actor, channel, account } = order;
  const facts = { actionId, actor, action: "start", channel, account };
  if (started.kind === "started") {
    deps.log.info({ ...facts, isRepeated: started.isRepeated }, "operator's action");
    deps.wake.signal("send");
  } else {
    deps.log.warn({ ...facts, reason: started.kind }, "operator's action refused");
  }
  return started;
}

/** An operator takes a conversation over from the bot, or gives it back. */
export async function performConversationAction(
  deps: OperatorActionDeps,
  order: ConversationOrder,
): Promise<ConversationOperated> {
  const operated = await deps.store.operateConversation(order);
  const { actionId, actor, action, conversationId } = order;
  const facts = { actionId, actor, action, id: conversationId, conversationId };
  if (operated.kind === "done") deps.log.info({ ...facts, isRepeated: operated.isRepeated }, "operator's action");
  else deps.log.warn({ ...facts, reason: operated.kind }, "operator's action refused");
  return operated;
}
