import type { Reply } from "../../core/reply.ts";
import { splitText } from "../../core/split-text.ts";
import { Unrenderable } from "../channel.ts";

/** LINE: a text message holds up to 5 000 characters, counted in UTF-16 code units (Character counting in a text). */
export const TEXT_LIMIT = 5_000;
/** LINE: up to 5 message objects a request (Messaging API reference). */
export const MESSAGES_PER_CALL = 5;

/**
 * Replies as LINE message objects, in order. A long text becomes several, split and never cut; an empty one is left
 * out, because LINE refuses it. Throws `Unrenderable` for a raw reply that is meant for another platform.
 */
export function renderReplies(replies: readonly Reply[]): unknown[] {
  return replies.flatMap((reply, index) => {
    switch (reply.type) {
      case "text":
        return splitText(reply.text, TEXT_LIMIT).map((text) => ({ type: "text", text }));
      case "raw":
        if (reply.channel === "line") return [reply.message];
        throw new Unrenderable(`replies[${index}].channel is ${JSON.stringify(reply.channel)}; allowed: "line"`);
      case "image":
      case "video":
      case "audio":
      case "file":
      case "location":
      case "choices":
      case "card":
      case "carousel":
        throw new Unrenderable(`replies[${index}].type is ${JSON.stringify(reply.type)}; allowed so far: text, raw`);
      default:
        return reply satisfies never;
    }
  });
}
