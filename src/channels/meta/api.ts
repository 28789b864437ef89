import { createHmac } from "node:crypto";
import type { AccountHealth } from "../../core/account.ts";
import type { AttemptReport, RecordedCall, SendOutcome } from "../../core/delivery.ts";
import { parseJson, readObject } from "../json.ts";
import { recordedAnswer } from "../outcome.ts";
import type { PostTransport, Reached, Transport } from "../transport.ts";
import { isPermission } from "./classify/codes.ts";
import { classifyError } from "./classify.ts";
import type { ResolvedMetaOptions } from "./config.ts";
import { readGraphError } from "./wire.ts";

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

/** Asks Meta about the account, and says whether a refusal that may be about one person is about the account. */
export interface AccountCheck {
  health(): Promise<AccountHealth>;
  /** After a suspicion at a call to `recipient`. */
  isRefused(recipient: string): Promise<boolean>;
  /** A call was accepted. */
  accepted(): void;
}

/** For a transport that only sends: nothing can be learned. */
export const NO_ACCOUNT_CHECK: AccountCheck = {
  health: async () => ({ kind: "unsure", reason: "the account can't be read" }),
  isRefused: async () => false,
  accepted: () => undefined,
};

/** What Meta said when the account's own id was read. */
type Seen = AccountHealth | { readonly kind: "unpermitted"; readonly code: number; readonly reason: string };

/**
 * Reads the account's own id, which changes nothing.
 *
 * A token needs other permissions to read than to send: 10, 33, 100 and 200 to 299 are said of a token that may send, as
 * well. They count where the account could be read before. Where that isn't known, 10 and 200 to 299 confirm a suspicion,
 * but not a second one of the same person alone; and when a call is accepted after all, they say nothing any more.
 */
export function createAccountCheck(
  transport: Pick<Transport, "get">,
  options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret" | "graphVersion">,
  id: string,
): AccountCheck {
  const path = `${graphPath(options, `/${id}`)}?fields=id&appsecret_proof=${currentProof(options)}`;
  /** Whether the token may read the account; `null`: not known yet. */
  let mayRead: boolean | null = null;
  let wasUnpermitted = false;
  /** People of whom a suspicion was confirmed without knowing that, since a call was accepted. */
  const suspects = new Set<string>();

  async function read(): Promise<Seen> {
    const { reached } = await transport.get(path, { authorization: `Bearer ${options.accessToken}` });
    const seen = seenIn(reached);
    if (seen.kind === "well") mayRead = true;
    wasUnpermitted = seen.kind === "unpermitted";
    return seen;
  }

  return {
    async health() {
      const seen = await read();
      if (seen.kind !== "unpermitted") return seen;
      return { kind: mayRead === true ? "refused" : "unsure", reason: seen.reason };
    },
    async isRefused(recipient) {
      const seen = await read();
      if (seen.kind === "refused") return true;
      if (seen.kind !== "unpermitted" || mayRead !== null) return seen.kind === "unpermitted" && mayRead === true;
      if (!isPermission(seen.code)) return false;
      const isNew = !suspects.has(recipient);
      suspects.add(recipient);
      return isNew || suspects.size > 1;
    },
    accepted() {
      suspects.clear();
      if (wasUnpermitted && mayRead === null) mayRead = false;
    },
  };
}

function seenIn(reached: Reached): Seen {
  if (reached.phase !== "answered") return { kind: "unreachable", reason: reached.reason };
  const { status, body } = reached;
  const error = readGraphError(body);
  if (error === null) {
    const isWell = status === 200 && readObject(parseJson(body ?? "")) !== null;
    return isWell ? { kind: "well" } : { kind: "unreachable", reason: `${status}: not an answer of Meta` };
  }
  const { code } = error;
  const failure = classifyError(error, status);
  const { reason } = failure;
  if (isPermission(code) || code === 33 || code === 100) return { kind: "unpermitted", code, reason };
  return {
    kind: failure.kind === "account-stopped" && failure.isSuspicion !== true ? "refused" : "unreachable",
    reason,
  };
}

/** Sends recorded calls. Token and proof are added here, so that they are not recorded. */
export function createSender(
  transport: PostTransport,
  options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret">,
  { classify, check }: { classify: (reached: Reached) => SendOutcome; check: Omit<AccountCheck, "health"> },
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
