import { createHash, timingSafeEqual } from "node:crypto";
import type { Channel } from "../channel.ts";
import { createSignatureCheck } from "../signature.ts";

/**
 * Checks `X-Hub-Signature-256`: the digest with the app secret, in hexadecimal (Messenger: Webhooks, "Validate
 * payloads"). Meta escapes non-ASCII characters before it signs, so only the raw bytes match.
 */
export function createVerifier(secrets: readonly string[]): Channel["verify"] {
  return createSignatureCheck(secrets, {
    header: "x-hub-signature-256",
    form: /^sha256=([0-9a-f]{64})$/,
    encoding: "hex",
  });
}

/**
 * Answers `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…` with the challenge when the token matches, and
 * with `null` otherwise (Messenger: Webhooks, "Verification requests").
 */
export function createHandshake(verifyToken: string): (query: URLSearchParams) => string | null {
  const expected = digest(verifyToken);
  return (query) => {
    // Digests have equal lengths, so the comparison is constant-time for every token.
    const isValid = timingSafeEqual(digest(query.get("hub.verify_token") ?? ""), expected);
    const challenge = query.get("hub.challenge");
    return isValid && query.get("hub.mode") === "subscribe" && challenge !== null ? challenge : null;
  };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
