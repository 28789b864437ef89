import { postReceipt } from "../../meta/simulator/receipts.ts";
import { echo, fromPerson, type Item, postItems } from "./events.ts";
import type { Bubble, World } from "./world.ts";

/** What the app hears of a message that it sent, each in a webhook of its own: its echo, that it was delivered, read. */
export function reportMessage(world: World, bubble: Bubble): void {
  const { peerId, messageId: mid, message, metadata } = bubble;
  const { isOff, delayMs, readAfterMs } = world.receipts;
  const isLost = world.lostEchoes > 0;
  if (isLost) world.lostEchoes -= 1;
  if (isLost || isOff) return;
  const later = (afterMs: number, item: () => Item) =>
    postReceipt(world, world.receipts, afterMs, () => postItems(world, [item()]));
  const own = { mid, app_id: world.appId, ...(metadata === null ? {} : { metadata }), ...message };
  later(delayMs, () => echo(world, peerId, own));
  const delivery = { mids: [mid], watermark: bubble.at };
  later(delayMs, () => fromPerson(world, peerId, { delivery }));
  const read = { watermark: bubble.at };
  if (readAfterMs !== null) later(delayMs + readAfterMs, () => fromPerson(world, peerId, { read }));
}
