import type { Channel } from "../channel.ts";
import { createHandshake, createVerifier } from "../meta/verify.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";

/** Verification as on all of Meta's platforms: signatures by the app secrets, the handshake by the verify token. */
export function createWebhookEndpoint({
  appSecret,
  verifyToken,
}: Pick<ResolvedWhatsAppOptions, "appSecret" | "verifyToken">): Required<Pick<Channel, "verify" | "handshake">> {
  return { verify: createVerifier(appSecret), handshake: createHandshake(verifyToken) };
}
