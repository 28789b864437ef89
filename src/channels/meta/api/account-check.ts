import type { AccountHealth } from "../../../core/account.ts";
import { parseJson, readObject } from "../../json.ts";
import type { PlatformClient, Reached } from "../../platform-client.ts";
import { currentProof, graphPath, type SuspicionCheck } from "../api.ts";
import { isPermission } from "../classify/codes.ts";
import { classifyError } from "../classify.ts";
import type { ResolvedMetaOptions } from "../config.ts";
import { readGraphError } from "../wire.ts";

/** Asks Meta about the account. */
export interface MetaAccountCheck extends SuspicionCheck {
  health(): Promise<AccountHealth>;
}

/** For a platform client that only sends: nothing can be learned. */
export const NO_ACCOUNT_CHECK: MetaAccountCheck = {
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
  platformClient: Pick<PlatformClient, "get">,
  options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret" | "graphVersion">,
  id: string,
): MetaAccountCheck {
  const path = `${graphPath(options, `/${id}`)}?fields=id&appsecret_proof=${currentProof(options)}`;
  /** Whether the token may read the account; `null`: not known yet. */
  let mayRead: boolean | null = null;
  let wasUnpermitted = false;
  /** People of whom a suspicion was confirmed without knowing that, since a call was accepted. */
  const suspects = new Set<string>();

  async function read(): Promise<Seen> {
    const { reached } = await platformClient.get(path, { authorization: `Bearer ${options.accessToken}` });
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
