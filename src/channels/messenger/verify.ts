import type { Channel } from "../channel.ts";
import { createHandshake, createVerifier } from "../meta/verify.ts";
import type { ResolvedMessengerOptions } from "./config.ts";

/** Messenger is verified as everything of Meta's is: by the app's secrets, and once by the token of its dashboard. */
export function createWebhookEndpoint({
  appSecret,
  verifyToken,
}: Pick<ResolvedMessengerOptions, "appSecret" | "verifyToken">): Required<Pick<Channel, "verify" | "handshake">> {
  return { verify: createVerifier(appSecret), handshake: createHandshake(verifyToken) };
}
