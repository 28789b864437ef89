import type { AccountHealth } from "../../../core/account.ts";
import { isForeign } from "../../outcome.ts";
import type { PlatformClient } from "../../platform-client.ts";
import { readAnswer } from "../wire.ts";
import type { AccessTokens } from "./tokens.ts";

/**
 * Asks who the bot of the token is (LINE: Messaging API reference, "Get bot info"), which changes nothing and costs nothing.
 */
export function createAccountCheck(
  platformClient: Pick<PlatformClient, "get">,
  tokens: Pick<AccessTokens, "current" | "worked" | "failed">,
): () => Promise<AccountHealth> {
  return async () => {
    const current = await tokens.current();
    if (current.kind === "refused") return current;
    if (current.kind === "unavailable") return { kind: "unreachable", reason: current.reason };
    const { reached } = await platformClient.get("/v2/bot/info", { authorization: `Bearer ${current.token}` });
    if (reached.phase !== "answered") return { kind: "unreachable", reason: reached.reason };
    const { status, body } = reached;
    if (status === 200) {
      tokens.worked(current.token);
      return { kind: "well" };
    }
    const reason = [String(status), readAnswer(body).message].filter(Boolean).join(": ");
    if (isForeign(body) || (status !== 401 && status !== 403)) return { kind: "unreachable", reason };
    // The next check comes with another token, where tokens are fetched.
    if (status === 401) tokens.failed(current.token);
    return { kind: "refused", reason };
  };
}
