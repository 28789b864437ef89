import type { RecordedCall } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { OutboundDelivery } from "../channel.ts";
import { graphPath } from "../meta/http.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";
import type { WhatsAppMessage } from "./render/piece.ts";
import { isUserId } from "./wire.ts";

/**
 * The exact request of one delivery. The same delivery always gives the same bytes. WhatsApp takes no idempotency key;
 * `biz_opaque_callback_data` is our delivery's id, and every status of the message brings it back.
 */
export function createBuildCall(options: Pick<ResolvedWhatsAppOptions, "graphVersion" | "phoneNumberId">) {
  const path = graphPath(options, `/${options.phoneNumberId}/messages`);
  return ({ deliveryId, peerId, messages }: OutboundDelivery): RecordedCall => {
    const [message, ...more] = messages as readonly WhatsAppMessage[];
    assert(message !== undefined && more.length === 0, "a call of WhatsApp carries one message");
    const body = {
      messaging_product: "whatsapp",
      ...recipient(peerId),
      ...message,
      biz_opaque_callback_data: deliveryId,
    };
    return { path, body: JSON.stringify(body), retryKey: null };
  };
}

/** A number without its plus may get the business's own country code in front (Cloud API: Messages). */
function recipient(peerId: string): Readonly<Record<string, string>> {
  if (isUserId(peerId)) return { recipient_type: "individual", recipient: peerId };
  if (/^\d+$/.test(peerId)) return { recipient_type: "individual", to: `+${peerId}` };
  return { recipient_type: peerId.startsWith("+") ? "individual" : "group", to: peerId };
}

/** Only a template may be sent outside the 24 hours after the person's last message. */
export function needsNoWindow(messages: readonly unknown[]): boolean {
  return messages.length > 0 && messages.every((message) => (message as WhatsAppMessage).type === "template");
}
