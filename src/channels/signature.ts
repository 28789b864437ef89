import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { asVerified, type Channel } from "./channel.ts";

interface SignatureScheme {
  readonly header: string;
  /** Its first group is the digest. The form is public, so checking it first reveals nothing. */
  readonly form: RegExp;
  readonly encoding: "hex" | "base64";
}

/** Checks HMAC-SHA256 over the raw bytes; several secrets during a rotation. `null`: wrong, missing or malformed. */
export function createSignatureCheck(secrets: readonly string[], scheme: SignatureScheme): Channel["verify"] {
  const { header, form, encoding } = scheme;
  const keys = secrets.map((secret) => createSecretKey(secret, "utf8"));
  return (body, headers) => {
    const digest = form.exec(headers.get(header) ?? "")?.[1];
    if (digest === undefined) return null;
    const claimed = Buffer.from(digest, "latin1");
    // Every secret is tried, so that the time doesn't reveal which one matched.
    let isValid = false;
    for (const key of keys) {
      const expected = createHmac("sha256", key).update(body).digest(encoding);
      isValid = timingSafeEqual(claimed, Buffer.from(expected, "latin1")) || isValid;
    }
    return isValid ? asVerified(body) : null;
  };
}
