import type { Channel } from "../../channels/channel.ts";
import { type Route, refusalReason } from "../../core/delivery.ts";
import { chooseRoute, explainRoute, openTokens, type RouteDecision, type RouteInput } from "../../core/route.ts";
import type { DecidedAttempt, DeliveryView, PlannedCall } from "../../store/attempt.ts";
import { channelOf } from "./channel-of.ts";
import { type RouteDeps, routeInput } from "./route-input.ts";

/** Decides a delivery's route, with the reason, and builds its call. Pure. */
export function decide(deps: RouteDeps, view: DeliveryView): DecidedAttempt {
  const channel = channelOf(deps, view.conversation);
  const input = routeInput(deps, view);
  const decision = refuseOr(channel, view, chooseRoute(input));
  return { decision, routeReason: explainRoute(input, decision), call: callOf(channel, view, input, decision) };
}

/** Messages are checked when they are queued; a replayed delivery is checked again, because it was dead for a reason. */
function refuseOr(channel: Channel, view: DeliveryView, decision: RouteDecision): RouteDecision {
  if (!view.isReplayed || decision.kind === "repeat" || decision.kind === "hold") return decision;
  const problem = channel.problemWith(view.messages);
  return problem === null ? decision : { kind: "refuse", reason: refusalReason(problem) };
}

function callOf(channel: Channel, view: DeliveryView, input: RouteInput, decision: RouteDecision): PlannedCall | null {
  switch (decision.kind) {
    case "reply": {
      // No button when another token is available for the rest.
      const more = openTokens(input).length <= 1 ? view.more : null;
      return build(channel, view, { route: "reply", token: decision.token }, more);
    }
    case "paid":
      // No button for a paid message.
      return build(channel, view, { route: decision.route, token: null }, null);
    case "repeat":
    case "wait":
    case "hold":
    case "park":
    case "refuse":
      return null;
    default:
      return decision satisfies never;
  }
}

function build(
  channel: Channel,
  { deliveryId, address: peerId, messages, turnId }: DeliveryView,
  chosen: { readonly route: Route; readonly token: string | null },
  more: string | null,
): PlannedCall {
  const call = channel.buildCall({ deliveryId, peerId, messages, isAnswer: turnId !== null, more }, chosen);
  const hasWindowTemplate = channel.templateInstead?.(messages) ?? false;
  return { ...call, awaitDeliveredMs: channel.awaitDeliveredMs ?? 0, hasWindowTemplate };
}
