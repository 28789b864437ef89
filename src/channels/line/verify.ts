import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { asVerified, type Verified } from "../channel.ts";

/** A digest in base64. Its form is public, so checking it first leaks nothing. */
const SIGNATURE_FORM = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Checks `x-line-signature`: base64 of HMAC-SHA256 with the channel secret over the body's raw bytes (LINE: Verify
 * webhook signature). Several secrets allow rotation. A missing or malformed header gives `null`, too.
 */
export function createVerifier(secrets: readonly string[]): (body: Uint8Array, headers: Headers) => Verified | null {
  const keys = secrets.map((secret) => createSecretKey(secret, "utf8"));
  return (body, headers) => {
    const signature = headers.get("x-line-signature");
    if (signature === null || !SIGNATURE_FORM.test(signature)) return null;
    const claimed = Buffer.from(signature, "latin1");
    // No early exit: the duration must not reveal which secret matched.
    let isRight = false;
    for (const key of keys) {
      const expected = createHmac("sha256", key).update(body).digest("base64");
      isRight = timingSafeEqual(claimed, Buffer.from(expected, "latin1")) || isRight;
    }
    return isRight ? asVerified(body) : null;
  };
}
