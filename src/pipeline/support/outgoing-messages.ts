import type { Channel } from "../../channels/channel.ts";
import type { OutgoingMessage } from "../../store/store.ts";

/** Messages as they are queued: each is checked once for what the platform is known to refuse. */
export function toOutgoingMessages(
  channel: Pick<Channel, "problemWith">,
  messages: readonly unknown[],
): OutgoingMessage[] {
  return messages.map((message) => ({ message, problem: channel.problemWith([message]) }));
}
