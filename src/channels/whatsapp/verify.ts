import type { Channel } from "../channel.ts";
import { createHandshake, createVerifier } from "../meta/verify.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";

/** WhatsApp signs what it sends, and checks our address, as all of Meta's platforms do. */
export function createWebhookEndpoint({
  appSecret,
  verifyToken,
}: Pick<ResolvedWhatsAppOptions, "appSecret" | "verifyToken">): Required<Pick<Channel, "verify" | "handshake">> {
  return { verify: createVerifier(appSecret), handshake: createHandshake(verifyToken) };
}
