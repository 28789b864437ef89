import type { WebhookRecord } from "../../meta/simulator/webhooks.ts";
import type { PostOptions } from "../../simulation/webhooks.ts";
import type { World } from "./world.ts";

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
