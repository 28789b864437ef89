import type { RecordedCall, Route } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { OutboundDelivery } from "../channel.ts";
import { readObject } from "../json.ts";
import { graphPath } from "../meta/api.ts";
import type { ResolvedMessengerOptions } from "./config.ts";
import type { PageMessage } from "./render/piece.ts";

/** The Send API takes one message per call. */
export const MESSAGES_PER_CALL = 1;

/**
 * The exact request of one delivery (Messenger: Send API reference). The same delivery always gives the same bytes.
 *
 * The platform has no retry key. The delivery id is sent as `metadata`, which the message's echo contains: this reveals
 * the outcome of a call without an answer.
 */
export function createBuildCall(options: Pick<ResolvedMessengerOptions, "pageId" | "graphVersion">) {
  const path = graphPath(options, `/${options.pageId}/messages`);
  return (delivery: OutboundDelivery, { route }: { route: Route }): RecordedCall => {
    assert(route === "session" || route === "template", `Messenger has no route ${route}`);
    const [given, ...more] = delivery.messages as readonly PageMessage[];
    assert(given !== undefined && more.length === 0, "the Send API takes one message a call");
    const { message, tag, replyTo } = given;
    const type = tag !== undefined ? "MESSAGE_TAG" : delivery.isAnswer === false ? "UPDATE" : "RESPONSE";
    const body = {
      recipient: { id: delivery.peerId },
      messaging_type: type,
      ...(tag === undefined ? {} : { tag }),
      ...(replyTo === undefined ? {} : { reply_to: { mid: replyTo } }),
      message: { ...message, metadata: delivery.deliveryId },
    };
    return { path, body: JSON.stringify(body), retryKey: null };
  };
}

/** A message with a tag may be sent outside the window (Messenger: Message tags). */
export function needsNoWindow(messages: readonly unknown[]): boolean {
  return messages.length > 0 && messages.every((message) => typeof readObject(message)?.tag === "string");
}
