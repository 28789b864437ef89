import type { TypingIndicator, TypingIndicatorTarget } from "../channel.ts";
import { appSecretProof, graphPath } from "../meta/api.ts";
import { readGraphError } from "../meta/wire.ts";
import type { PostTransport } from "../transport.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";

/** WhatsApp shows that somebody types for up to 25 s, or until a message comes (Cloud API: Typing indicators). */
const REFRESH_MS = 20_000;
/** Far under the number's 80 messages a second, which are for answers. */
const PER_SECOND = 20;

/** "Read", which marks what came before too, and "is typing", which always marks as read as well. */
export function createTypingIndicator(options: ResolvedWhatsAppOptions, transport: PostTransport): TypingIndicator {
  const { accessToken, appSecret, phoneNumberId } = options;
  const proof = appSecretProof(accessToken, appSecret[0] ?? "");
  const path = `${graphPath(options, `/${phoneNumberId}/messages`)}?appsecret_proof=${proof}`;
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };

  async function mark(target: TypingIndicatorTarget, sign: object): Promise<void> {
    const { platformEventId, type } = target.lastEvent;
    // A tap came in a message too; what else has a wamid can't be marked.
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
