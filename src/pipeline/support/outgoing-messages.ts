import type { Channel, Rendered } from "../../channels/channel.ts";
import type { UnsayableReply } from "../../core/reply.ts";
import type { OutgoingMessage } from "../../store/store.ts";

/**
 * Messages as they are queued: each is checked once for what the platform is known to refuse. What can't be said is queued
 * as refused.
 */
export function toOutgoingMessages(
  channel: Pick<Channel, "problemWith">,
  rendered: Pick<Rendered, "messages" | "unsayable">,
  unread: readonly UnsayableReply[] = [],
): OutgoingMessage[] {
  const said = rendered.messages.map((message) => ({ message, problem: channel.problemWith([message]) }));
  const unsayable = [...unread, ...(rendered.unsayable ?? [])].map(({ value, problem }) => ({
    message: { type: "unsayable", value },
    problem,
  }));
  return [...said, ...unsayable];
}
