import type { ProactiveMessage, ProactiveMessageResult } from "../../agents/agent.ts";
import { type Channel, Unrenderable } from "../../channels/channel.ts";
import type { Route } from "../../core/delivery.ts";
import { Unavailable } from "../../core/errors.ts";
import { chooseRoute } from "../../core/route.ts";
import type { Queued } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { toOutgoingMessages } from "./outgoing-messages.ts";
import { isAffordable } from "./quota.ts";
import { type RouteDeps, routeInput } from "./route-input.ts";

/** A proactive message can't quote. */
const NO_TURN = { message: () => null };

export type ProactiveDeps = RouteDeps & Pick<Deps, "store" | "wake" | "report">;

/** Queues a proactive message: by the same outbox and routes as answers. */
export async function sendProactiveMessage(
  deps: ProactiveDeps,
  message: ProactiveMessage,
): Promise<ProactiveMessageResult> {
  const { to, replies, key, deliverBy } = message;
  const channel = deps.channels.find(to.channel, to.account);
  if (channel === null) return { kind: "no-such-channel" };
  if (deliverBy !== null && deliverBy <= deps.clock.wall()) return { kind: "too-late" };
  try {
    const rendered = channel.render(replies, NO_TURN);
    const { adapted, unsayable: [wrong] = [] } = rendered;
    if (wrong !== undefined) return { kind: "unsayable", reason: wrong.problem };
    const messages = toOutgoingMessages(channel, rendered);
    const { messagesPerCall } = channel;
    const queued = await deps.store.queueMessages({ to, messages, messagesPerCall, key, deliverBy });
    if (queued === null) return { kind: "no-such-conversation" };
    const { deliveryIds, repeated } = queued;
    deps.report.messageQueued({ channel: channel.name, queued, adapted });
    deps.wake.signal("send");
    return { kind: "queued", deliveryIds, repeated, routes: expectedRoutes(deps, channel, queued) };
  } catch (error) {
    if (error instanceof Unrenderable) return { kind: "unsayable", reason: error.message };
    if (error instanceof Unavailable) return { kind: "unavailable" };
    throw error;
  }
}

/** The routes that the send stage would choose now; `null`: it is dead, would be parked, or waits for its account. */
function expectedRoutes(deps: ProactiveDeps, channel: Channel, queued: Queued): (Route | null)[] {
  const { deliveryIds, refused, tokens, now, conversation, windowEndsAt } = queued;
  if (queued.isAccountStopped) return deliveryIds.map(() => null);
  const dead = new Set(refused.map(({ deliveryId }) => deliveryId));
  let left = tokens;
  let pushes = 0;
  return deliveryIds.map((deliveryId, index) => {
    if (dead.has(deliveryId)) return null;
    const known = { now, earlier: [], boundTokenExpiresAt: null, tokens: left, freeOnly: false, windowEndsAt };
    const view = { conversation, kind: "answer", messages: queued.messages[index] ?? [], now } as const;
    const decision = chooseRoute(routeInput(deps, { ...view, routeInput: known, receipts: NO_RECEIPTS }));
    // Each delivery uses up its token, or its part of the quota.
    if (decision.kind === "reply") {
      left = left.filter(({ token }) => token !== decision.token);
      return "reply";
    }
    if (decision.kind !== "paid") return null;
    if (decision.route !== "push") return decision.route;
    pushes += 1;
    return isAffordable(deps, channel, conversation, pushes) ? "push" : null;
  });
}

/** The first attempt doesn't depend on receipts. */
const NO_RECEIPTS = { run: 0, lastAt: null, watchedSince: null };
