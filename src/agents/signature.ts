import type { Webhook } from "standardwebhooks";
import { USER_AGENT } from "../runtime/user-agent.ts";

/** The headers of a post to an agent: signed as a Standard Webhook, by each of several secrets; without any, unsigned. */
export function postHeaders(
  signers: readonly Webhook[],
  id: string,
  now: number,
  body: string,
): Record<string, string> {
  const headers = { "content-type": "application/json", "user-agent": USER_AGENT };
  if (signers.length === 0) return headers;
  const at = new Date(now);
  return {
    ...headers,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    // Standard Webhooks, "Webhook Signatures": several, separated by spaces.
    "webhook-signature": signers.map((signer) => signer.sign(id, at, body)).join(" "),
  };
}
