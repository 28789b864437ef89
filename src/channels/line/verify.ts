import type { Channel } from "../channel.ts";
import { createSignatureCheck } from "../signature.ts";

/** Checks `x-line-signature`: base64 of the digest with the channel secret (LINE: Verify webhook signature). */
export function createVerifier(secrets: readonly string[]): Channel["verify"] {
  return createSignatureCheck(secrets, {
    header: "x-line-signature",
    form: /^([A-Za-z0-9+/]{43}=)$/,
    encoding: "base64",
  });
}
