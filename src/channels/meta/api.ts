import { createHmac } from "node:crypto";
import type { AttemptReport, RecordedCall, SendOutcome } from "../../core/delivery.ts";
import { parseJson, readObject } from "../json.ts";
import { recordedAnswer } from "../outcome.ts";
import type { PostClient, Reached } from "../platform-client.ts";
import type { ResolvedMetaOptions } from "./config.ts";

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

/** Says whether a refusal that may be about one person is about the account. */
export interface SuspicionCheck {
  /** After a suspicion at a call to `recipient`. */
  isRefused(recipient: string): Promise<boolean>;
  /** A call was accepted. */
  accepted(): void;
}

/** Sends recorded calls. Token and proof are added here, so that they are not recorded. */
export function createSender(
  platformClient: PostClient,
  options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret">,
  { classify, check }: { classify: (reached: Reached) => SendOutcome; check: SuspicionCheck },
): (call: RecordedCall) => Promise<AttemptReport> {
  const proof = currentProof(options);
  const headers = { authorization: `Bearer ${options.accessToken}`, "content-type": "application/json" };
  return async (call) => {
    const query = call.path.includes("?") ? "&" : "?";
    const { reached, headers: received } = await platformClient.post(
      `${call.path}${query}appsecret_proof=${proof}`,
      headers,
      call.body,
    );
    const outcome = classify(reached);
    if (outcome.kind === "sent") check.accepted();
    return {
      outcome: await confirmed(outcome, () => check.isRefused(recipientOf(call.body))),
      ...recordedAnswer(reached),
      // For requests to Meta's support.
      requestId: received.get("x-fb-trace-id") ?? received.get("x-fb-request-id") ?? null,
      acceptedRequestId: null,
    };
  };
}

/** Messenger's `recipient` is an object, WhatsApp's `to` or `recipient` a text; `""`: it names no one. */
function recipientOf(body: string): string {
  const { to, recipient } = readObject(parseJson(body)) ?? {};
  return JSON.stringify(to ?? recipient ?? "");
}

/** A suspicion stops the account only if the account itself is refused; else this person waits. */
async function confirmed(outcome: SendOutcome, isRefused: () => Promise<boolean>): Promise<SendOutcome> {
  if (outcome.kind !== "account-stopped" || outcome.isSuspicion !== true) return outcome;
  const { reason } = outcome;
  return (await isRefused()) ? { kind: "account-stopped", reason } : { kind: "window-closed", reason };
}
