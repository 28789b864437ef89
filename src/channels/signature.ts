import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { asVerified, type Channel } from "./channel.ts";

interface SignatureScheme {
  readonly header: string;
  /** The digest in the header is its first group. Its form is public, so looking at it first tells an attacker nothing. */
  readonly form: RegExp;
  readonly encoding: "hex" | "base64";
}

/**
 * Checks HMAC-SHA256 over a body's raw bytes. Several secrets serve a rotation. A missing or malformed header is `null`
 * like a wrong one.
 */
export function createSignatureCheck(secrets: readonly string[], scheme: SignatureScheme): Channel["verify"] {
  const { header, form, encoding } = scheme;
  const keys = secrets.map((secret) => createSecretKey(secret, "utf8"));
  return (body, headers) => {
    const digest = form.exec(headers.get(header) ?? "")?.[1];
    if (digest === undefined) return null;
    const claimed = Buffer.from(digest, "latin1");
    // No early end: how long it takes must not tell which of the secrets was right.
    let isRight = false;
    for (const key of keys) {
      const expected = createHmac("sha256", key).update(body).digest(encoding);
      isRight = timingSafeEqual(claimed, Buffer.from(expected, "latin1")) || isRight;
    }
    return isRight ? asVerified(body) : null;
  };
}
