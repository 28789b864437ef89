import type { AttemptReport, RecordedCall } from "../../core/delivery.ts";
import type { TypingIndicator, TypingIndicatorTarget } from "../channel.ts";
import { graphPath } from "../meta/api.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";

/** WhatsApp shows the indicator for up to 25 s, or until a message arrives (Cloud API: Typing indicators). */
const REFRESH_MS = 20_000;
/** A quarter of the number's 80 messages a second: answers come first. */
const PER_SECOND = 20;

/** Read mark, which includes earlier messages, and typing indicator, which always marks as read, too. */
export function createTypingIndicator(
  send: (call: RecordedCall) => Promise<AttemptReport>,
  options: Pick<ResolvedWhatsAppOptions, "phoneNumberId" | "graphVersion">,
): TypingIndicator {
  const path = graphPath(options, `/${options.phoneNumberId}/messages`);

  async function mark(target: TypingIndicatorTarget, sign: object): Promise<void> {
    const { platformEventId, type } = target.lastEvent;
    // Postbacks are messages, too; other events with a wamid can't be marked.
    if (!platformEventId.startsWith("wamid.") || (type !== "message" && type !== "postback")) return;
    const body = { messaging_product: "whatsapp", status: "read", message_id: platformEventId, ...sign };
    const { outcome } = await send({ path, body: JSON.stringify(body), retryKey: null });
    if (outcome.kind !== "sent") throw new Error(outcome.reason);
  }

  return {
    refreshMs: REFRESH_MS,
    perSecond: PER_SECOND,
    markRead: (target) => mark(target, {}),
    show: (target) => mark(target, { typing_indicator: { type: "text" } }),
  };
}
