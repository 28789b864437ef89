import { createHash, createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { asVerified, type Verified } from "../channel.ts";

/** A digest in hexadecimal after its name. Its form is public, so checking it first leaks nothing. */
const SIGNATURE_FORM = /^sha256=[0-9a-f]{64}$/;

/**
 * Checks `X-Hub-Signature-256`: hexadecimal HMAC-SHA256 with the app secret over the body's raw bytes (Messenger:
 * Webhooks, "Validate payloads"). Meta escapes non-ASCII before it signs, so only the bytes as received match. Several
 * secrets allow rotation. A missing or malformed header gives `null`, too.
 */
export function createVerifier(secrets: readonly string[]): (body: Uint8Array, headers: Headers) => Verified | null {
  const keys = secrets.map((secret) => createSecretKey(secret, "utf8"));
  return (body, headers) => {
    const signature = headers.get("x-hub-signature-256");
    if (signature === null || !SIGNATURE_FORM.test(signature)) return null;
    const claimed = Buffer.from(signature.slice("sha256=".length), "hex");
    // No early exit: the duration must not reveal which secret matched.
    let isRight = false;
    for (const key of keys) {
      const expected = createHmac("sha256", key).update(body).digest();
      isRight = timingSafeEqual(claimed, expected) || isRight;
    }
    return isRight ? asVerified(body) : null;
  };
}

/**
 * Answers `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…` with the challenge when the token matches, and
 * with `null` otherwise (Messenger: Webhooks, "Verification requests").
 */
export function createHandshake(verifyToken: string): (query: URLSearchParams) => string | null {
  const expected = digest(verifyToken);
  return (query) => {
    // Digests have equal lengths, so the comparison is constant-time for every token.
    const isRight = timingSafeEqual(digest(query.get("hub.verify_token") ?? ""), expected);
    const challenge = query.get("hub.challenge");
    return isRight && query.get("hub.mode") === "subscribe" && challenge !== null ? challenge : null;
  };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
