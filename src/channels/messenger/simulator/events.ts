import type { PostOptions, WebhookRecord } from "../../meta/simulator/webhooks.ts";
import type { Bubble, World } from "./world.ts";

/** One item of a webhook's `messaging`, as Messenger sends it. */
export type Item = Readonly<Record<string, unknown>>;

/** One webhook of the page with these items. */
export function postItems(
  world: World,
  items: readonly Item[],
  { standby = false, ...options }: PostOptions & { readonly standby?: boolean } = {},
): Promise<WebhookRecord> {
  const { pageId } = world.options;
  const entry = { id: pageId, time: world.clock.now(), [standby ? "standby" : "messaging"]: items };
  return world.webhooks.post({ object: "page", entry: [entry] }, options);
}

/** From a person to the page. */
export function fromPerson(world: World, psid: string, said: Item): Item {
  return {
    sender: { id: psid },
    recipient: { id: world.options.pageId },
    timestamp: world.clock.now(),
    ...said,
  };
}

/** The page's own words, as each app hears of them. */
export function echo(world: World, psid: string, message: Item): Item {
  return {
    sender: { id: world.options.pageId },
    recipient: { id: psid },
    timestamp: world.clock.now(),
    message: { is_echo: true, ...message },
  };
}

/** What the app hears of a message that it sent: the echo, and that it was delivered. In webhooks of their own. */
export function reportAccepted(world: World, bubble: Bubble): void {
  const { echoes = true, deliveries = true } = world.options;
  const { peerId, messageId: mid, message, metadata } = bubble;
  const isLost = world.lostEchoes > 0;
  if (isLost) world.lostEchoes -= 1;
  const own = { mid, app_id: world.appId, ...(metadata === null ? {} : { metadata }), ...message };
  if (echoes && !isLost) void postItems(world, [echo(world, peerId, own)]);
  const delivery = { mids: [mid], watermark: bubble.at };
  if (deliveries && !isLost) void postItems(world, [fromPerson(world, peerId, { delivery })]);
}
