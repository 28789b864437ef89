import { areReceiptsFlowing } from "../../core/receipt.ts";
import type { RouteInput } from "../../core/route.ts";
import type { DeliveryView } from "../../store/attempt.ts";
import type { Deps } from "../deps.ts";
import { channelOf } from "./channel-of.ts";
import { whyNotPaid } from "./quota.ts";

export type RouteDeps = Pick<Deps, "channels" | "settings" | "clock" | "outbound" | "quota">;

type RoutedView = Pick<DeliveryView, "conversation" | "kind" | "messages" | "now" | "routeInput" | "receipts">;

/** Input of the route decision: the store's view of the delivery, the channel's capabilities, and the settings. */
export function routeInput(deps: RouteDeps, view: RoutedView): RouteInput {
  const { conversation, kind, messages, now, routeInput: known } = view;
  const { settings } = deps;
  const channel = channelOf(deps, conversation);
  return {
    ...known,
    needsNoWindow: channel.needsNoWindow?.(messages) ?? false,
    templateInstead: channel.templateInstead?.(messages) ?? false,
    unknown: {
      policy: settings.onUnknown,
      waitMs: settings.unknownWaitMs,
      // The store has its own clock, so only the elapsed time by ours is used.
      receiptsTrackedSince: now - (deps.clock.now() - deps.outbound.receiptTracking.since),
      receiptsFlow: isFlowing(deps, view),
    },
    tokenMarginMs: channel.token?.marginMs ?? 0,
    // System messages are never paid for.
    paid: kind === "answer" ? channel.paidRoute : null,
    retryKeyLifeMs: channel.retryKeyLifeMs,
    paidClosed: whyNotPaid(deps, channel, conversation),
  };
}

/** Whether the account's receipts arrive, as of the delivery's view; meaningless on a platform without receipts. */
export function isFlowing(
  deps: Pick<Deps, "settings">,
  { receipts, now }: Pick<DeliveryView, "receipts" | "now">,
): boolean {
  return areReceiptsFlowing(receipts, now, deps.settings.unknownWaitMs);
}
