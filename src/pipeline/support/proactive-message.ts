import type { ProactiveMessage, ProactiveMessageResult } from "../../agents/agent.ts";
import { type Channel, Unrenderable } from "../../channels/channel.ts";
import type { Route } from "../../core/delivery.ts";
import { Unavailable } from "../../core/errors.ts";
import { chooseRoute, type TokenChoice } from "../../core/route.ts";
import type { Queued } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { toOutgoingMessages } from "./outgoing-messages.ts";

/** A proactive message can't quote. */
const NO_TURN = { message: () => null };

export type ProactiveDeps = Pick<Deps, "store" | "channels" | "clock" | "wake" | "report">;

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
    return { kind: "queued", deliveryIds, repeated, routes: expectedRoutes(channel, queued) };
  } catch (error) {
    if (error instanceof Unrenderable) return { kind: "unsayable", reason: error.message };
    if (error instanceof Unavailable) return { kind: "unavailable" };
    throw error;
  }
}

/** The routes that the send stage would choose now, each delivery using up its token. */
function expectedRoutes(channel: Channel, { deliveryIds, refused, tokens, now }: Queued): (Route | null)[] {
  const dead = new Set(refused.map(({ deliveryId }) => deliveryId));
  let left: readonly TokenChoice[] = tokens;
  return deliveryIds.map((deliveryId) => {
    if (dead.has(deliveryId)) return null;
    const decision = chooseRoute({
      now,
      earlier: [],
      boundTokenExpiresAt: null,
      tokens: left,
      tokenMarginMs: channel.token?.marginMs ?? 0,
      paid: channel.paidRoute,
      retryKeyLifeMs: channel.retryKeyLifeMs,
      freeOnly: false,
    });
    if (decision.kind !== "reply") return channel.paidRoute;
    left = left.filter(({ token }) => token !== decision.token);
    return "reply";
  });
}
