import { createHmac } from "node:crypto";
import type { AttemptReport, RecordedCall, SendOutcome } from "../../core/delivery.ts";
import type { PostTransport, Reached } from "../transport.ts";
import type { ResolvedMetaOptions } from "./config.ts";

const RECORDED_ANSWER_LENGTH = 500;

/**
 * Proves that whoever calls with the token also has the app's secret (Graph API: Secure Graph API calls). The app's
 * setting "Require App Secret" asks for it; without that setting it does no harm.
 */
export function appSecretProof(accessToken: string, appSecret: string): string {
  return createHmac("sha256", appSecret).update(accessToken).digest("hex");
}

/** What nobody may read. The proof is as good as the secret for whoever has the token. */
export function secretsOf({
  accessToken,
  appSecret,
  verifyToken,
}: Pick<ResolvedMetaOptions, "accessToken" | "appSecret" | "verifyToken">): readonly string[] {
  return [accessToken, verifyToken, ...appSecret, ...appSecret.map((secret) => appSecretProof(accessToken, secret))];
}

/** `/v26.0` in front of a path, as calls are recorded. */
export function graphPath(options: Pick<ResolvedMetaOptions, "graphVersion">, path: string): string {
  return `/${options.graphVersion}${path}`;
}

/** Sends recorded calls. The token and its proof are added here, so that no record holds them. */
export function createSender(
  transport: PostTransport,
  options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret">,
  classify: (reached: Reached) => SendOutcome,
): (call: RecordedCall) => Promise<AttemptReport> {
  // Of several secrets the first is the current one.
  const proof = appSecretProof(options.accessToken, options.appSecret[0] ?? "");
  const headers = { authorization: `Bearer ${options.accessToken}`, "content-type": "application/json" };
  return async (call) => {
    const query = call.path.includes("?") ? "&" : "?";
    const { reached, headers: received } = await transport.post(
      `${call.path}${query}appsecret_proof=${proof}`,
      headers,
      call.body,
    );
    const isAnswered = reached.phase === "answered";
    return {
      outcome: classify(reached),
      status: isAnswered ? reached.status : null,
      response: isAnswered ? (reached.body?.slice(0, RECORDED_ANSWER_LENGTH) ?? null) : null,
      // Meta's support asks for it.
      requestId: received.get("x-fb-trace-id") ?? received.get("x-fb-request-id") ?? null,
      acceptedRequestId: null,
    };
  };
}
