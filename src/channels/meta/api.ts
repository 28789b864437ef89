import { createHmac } from "node:crypto";
import type { AttemptReport, RecordedCall, SendOutcome } from "../../core/delivery.ts";
import { recordedAnswer } from "../outcome.ts";
import type { PostTransport, Reached, Transport } from "../transport.ts";
import { meaningOf } from "./classify/codes.ts";
import type { ResolvedMetaOptions } from "./config.ts";
import { type GraphError, readGraphError } from "./wire.ts";

/**
 * `appsecret_proof`: proves that the caller has the app secret, too (Graph API: Secure Graph API calls). Required by
 * the app's setting "Require App Secret", harmless without it.
 */
export function appSecretProof(accessToken: string, appSecret: string): string {
  return createHmac("sha256", appSecret).update(accessToken).digest("hex");
}

/** Of several secrets the first is the current one. */
export function currentProof({
  accessToken,
  appSecret,
}: Pick<ResolvedMetaOptions, "accessToken" | "appSecret">): string {
  return appSecretProof(accessToken, appSecret[0] ?? "");
}

/** Secrets to redact. With the token, the proof is as powerful as the app secret. */
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

/** A token without the right to read the account gets 10, 33, 100 or 200 to 299 as well: those say nothing. */
function isAboutTheToken(error: GraphError): boolean {
  const meaning = meaningOf(error);
  return meaning?.kind === "account-stopped" && meaning.isSuspicion !== true && error.code !== 33 && error.code !== 100;
}

/** Whether Meta takes no call for the account at all. */
type IsRefused = () => Promise<boolean>;

/**
 * Reads the account's own id, which changes nothing and tells whether a refusal was about the account or about one person.
 * Where nothing is learned it wasn't about the account: then only that person waits.
 */
export function createAccountCheck(
  transport: Transport,
  options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret" | "graphVersion">,
  id: string,
): IsRefused {
  const path = `${graphPath(options, `/${id}`)}?fields=id&appsecret_proof=${currentProof(options)}`;
  return async () => {
    const { reached } = await transport.get(path, { authorization: `Bearer ${options.accessToken}` });
    const error = reached.phase === "answered" ? readGraphError(reached.body) : null;
    return error !== null && isAboutTheToken(error);
  };
}

/** Sends recorded calls. Token and proof are added here, so that they are not recorded. */
export function createSender(
  transport: PostTransport,
  options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret">,
  { classify, isRefused }: { classify: (reached: Reached) => SendOutcome; isRefused: IsRefused },
): (call: RecordedCall) => Promise<AttemptReport> {
  const proof = currentProof(options);
  const headers = { authorization: `Bearer ${options.accessToken}`, "content-type": "application/json" };
  return async (call) => {
    const query = call.path.includes("?") ? "&" : "?";
    const { reached, headers: received } = await transport.post(
      `${call.path}${query}appsecret_proof=${proof}`,
      headers,
      call.body,
    );
    return {
      outcome: await confirmed(classify(reached), isRefused),
      ...recordedAnswer(reached),
      // For requests to Meta's support.
      requestId: received.get("x-fb-trace-id") ?? received.get("x-fb-request-id") ?? null,
      acceptedRequestId: null,
    };
  };
}

/** A suspicion stops the account only if the account itself is refused; else this person waits. */
async function confirmed(outcome: SendOutcome, isRefused: IsRefused): Promise<SendOutcome> {
  if (outcome.kind !== "account-stopped" || outcome.isSuspicion !== true) return outcome;
  const { reason } = outcome;
  return (await isRefused()) ? { kind: "account-stopped", reason } : { kind: "window-closed", reason };
}
