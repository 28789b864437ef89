import type { CostPolicy } from "../channel.ts";
import type { LineApi } from "./api.ts";
import type { ResolvedLineOptions } from "./config.ts";
import { systemMessages } from "./cost-policy/button.ts";
import { readQuota, readRecipients } from "./cost-policy/quota.ts";

/** LINE's quota, the cost of a push, and the system messages for a slow reply. */
export function createCostPolicy(api: LineApi, options: ResolvedLineOptions): CostPolicy {
  return {
    reserve: options.pushReserve,
    paidInGroups: options.groupPush === "always",
    quota: () => readQuota(api),
    costOf: (conversation) => readRecipients(api, conversation),
    slowReply:
      options.slowReply === "push"
        ? null
        : {
            afterMs: options.slowReplyAfterMs,
            inGroups: options.slowReplyInGroups,
            pushAfterMs: options.buttonPushAfterMs,
            expiresAfterMs: options.buttonExpiresAfterMs,
          },
    systemMessage: (kind, callbackToken) => systemMessages(options.systemMessageTexts, kind, callbackToken),
  };
}
