import type { Channel } from "../channel.ts";
import { createHandshake, createVerifier } from "../meta/verify.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";

/** WhatsApp signs what it sends, and checks our address, as all of Meta's platforms do. */
export function createDoor({
  appSecrets,
  verifyToken,
}: Pick<ResolvedWhatsAppOptions, "appSecrets" | "verifyToken">): Required<Pick<Channel, "verify" | "handshake">> {
  return { verify: createVerifier(appSecrets), handshake: createHandshake(verifyToken) };
}
