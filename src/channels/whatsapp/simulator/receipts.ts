import { isDrawn, postReceipt } from "../../meta/simulator/receipts.ts";
import { contactOf, seconds } from "./client.ts";
import type { Peer, World } from "./world.ts";

export interface AcceptedMessage {
  readonly messageId: string;
  readonly callbackData: string | null;
  readonly peer: Peer;
  /** Why it will fail after all; `null` when it arrives. */
  readonly failure: { readonly code: number; readonly title: string } | null;
  /** How long it takes to the person's phone, in ms. */
  readonly arrivesInMs: number;
}

/** What is said later of an accepted message: each word in a webhook of its own. */
export function reportStatuses(world: World, message: AcceptedMessage): void {
  const { isOff, delayMs, readAfterMs, skipDelivered } = world.statuses;
  if (isOff) return;
  const later = (status: string, afterMs: number) =>
    postReceipt(world, world.statuses, afterMs, () => postStatus(world, message, status));
  if (message.failure !== null) {
    later("failed", delayMs);
    return;
  }
  later("sent", delayMs);
  const isSkipped = readAfterMs !== null && isDrawn(world, skipDelivered);
  const arrivedMs = message.arrivesInMs + 2 * delayMs;
  if (!isSkipped) later("delivered", arrivedMs);
  if (readAfterMs !== null) later("read", arrivedMs + readAfterMs);
}

async function postStatus(world: World, message: AcceptedMessage, status: string): Promise<void> {
  const { messageId, callbackData, peer, failure } = message;
  const said = {
    id: messageId,
    status,
    timestamp: seconds(world),
    ...(peer.hidesNumber ? {} : { recipient_id: peer.waId }),
    recipient_user_id: peer.userId,
    ...(callbackData === null ? {} : { biz_opaque_callback_data: callbackData }),
    ...(status === "sent" || status === "delivered" ? { pricing: PRICING } : {}),
    ...(failure === null ? {} : { errors: [errorOf(failure)] }),
  };
  const contacts = failure === null ? { contacts: [contactOf(peer)] } : {};
  await world.post("messages", { ...contacts, statuses: [said] });
}

/** Free-form messages are billed since October 2026 (WhatsApp: Pricing). */
const PRICING = { billable: true, pricing_model: "PMP", type: "regular", category: "service" };

function errorOf({ code, title }: { readonly code: number; readonly title: string }) {
  const href = "/documentation/business-messaging/whatsapp/support/error-codes";
  return { code, title, message: title, error_data: { details: title }, href };
}
