import type { TypingIndicator, TypingIndicatorTarget } from "../channel.ts";
import { appSecretProof, graphPath } from "../meta/api.ts";
import { readGraphError } from "../meta/wire.ts";
import type { PostTransport } from "../transport.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";

/** WhatsApp shows the indicator for up to 25 s, or until a message arrives (Cloud API: Typing indicators). */
const REFRESH_MS = 20_000;
/** A quarter of the number's 80 messages a second: answers come first. */
const PER_SECOND = 20;

/** Read mark, which includes earlier messages, and typing indicator, which always marks as read, too. */
export function createTypingIndicator(options: ResolvedWhatsAppOptions, transport: PostTransport): TypingIndicator {
  const { accessToken, appSecret, phoneNumberId } = options;
  const proof = appSecretProof(accessToken, appSecret[0] ?? "");
  const path = `${graphPath(options, `/${phoneNumberId}/messages`)}?appsecret_proof=${proof}`;
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };

  async function mark(target: TypingIndicatorTarget, sign: object): Promise<void> {
    const { platformEventId, type } = target.lastEvent;
    // Postbacks are messages, too; other events with a wamid can't be marked.
    if (!platformEventId.startsWith("wamid.") || (type !== "message" && type !== "postback")) return;
    const body = { messaging_product: "whatsapp", status: "read", message_id: platformEventId, ...sign };
    const { reached } = await transport.post(path, headers, JSON.stringify(body));
    if (reached.phase !== "answered") throw new Error(reached.reason);
    if (reached.status === 200) return;
    const error = readGraphError(reached.body);
    throw new Error(`${reached.status}: ${error === null ? "no error envelope" : error.code}`);
  }

  return {
    refreshMs: REFRESH_MS,
    perSecond: PER_SECOND,
    markRead: (target) => mark(target, {}),
    show: (target) => mark(target, { typing_indicator: { type: "text" } }),
  };
}
