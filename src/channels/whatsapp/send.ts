import type { RecordedCall, Route } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { OutboundDelivery } from "../channel.ts";
import { graphPath } from "../meta/api.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";
import type { WhatsAppMessage } from "./render/piece.ts";
import { isUserId } from "./wire.ts";

/**
 * The exact request of one delivery. The same delivery always gives the same bytes. WhatsApp has no idempotency key;
 * the delivery id is sent as `biz_opaque_callback_data`, which every status of the message contains.
 */
export function createBuildCall(
  options: Pick<ResolvedWhatsAppOptions, "graphVersion" | "phoneNumberId" | "windowTemplate">,
) {
  const path = graphPath(options, `/${options.phoneNumberId}/messages`);
  return ({ deliveryId, peerId, messages }: OutboundDelivery, { route }: { readonly route: Route }): RecordedCall => {
    const [message, ...more] = messages as readonly WhatsAppMessage[];
    assert(message !== undefined && more.length === 0, "WhatsApp takes one message per call");
    const body = {
      messaging_product: "whatsapp",
      ...recipient(peerId),
      ...(route === "template" ? asTemplate(message, options.windowTemplate) : message),
      biz_opaque_callback_data: deliveryId,
    };
    return { path, body: JSON.stringify(body), retryKey: null };
  };
}

/** With a plus: without it WhatsApp may prepend the business's own country code (Cloud API: Messages). */
function recipient(peerId: string): Readonly<Record<string, string>> {
  if (isUserId(peerId)) return { recipient_type: "individual", recipient: peerId };
  if (/^\d+$/.test(peerId)) return { recipient_type: "individual", to: `+${peerId}` };
  return { recipient_type: peerId.startsWith("+") ? "individual" : "group", to: peerId };
}

/** A template's variable has up to 1 024 characters (Cloud API: Templates). */
const VARIABLE_LIMIT = 1_024;

/** True for texts that fit into the account's template. */
export function fitsTemplate(messages: readonly unknown[]): boolean {
  return messages.every((message) => {
    const { type, text } = message as WhatsAppMessage & { readonly text?: { readonly body?: string } };
    return type === "text" && (text?.body?.length ?? 0) <= VARIABLE_LIMIT;
  });
}

function asTemplate(message: WhatsAppMessage, own: ResolvedWhatsAppOptions["windowTemplate"]): WhatsAppMessage {
  if (message.type === "template") return message;
  assert(own !== null, "the route template needs a template message or windowTemplate");
  const { text, ...beside } = message as WhatsAppMessage & { readonly text: { readonly body: string } };
  // No line breaks and no more than four spaces in a row (Cloud API: Templates).
  const variable = { type: "text", text: text.body.replace(/\s+/g, " ").trim() };
  const language = { policy: "deterministic", code: own.language };
  const components = [{ type: "body", parameters: [variable] }];
  return { ...beside, type: "template", template: { name: own.name, language, components } };
}

/** Only templates may be sent outside the 24-hour window. */
export function needsNoWindow(messages: readonly unknown[]): boolean {
  return messages.length > 0 && messages.every((message) => (message as WhatsAppMessage).type === "template");
}
