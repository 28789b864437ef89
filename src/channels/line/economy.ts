import type { Economy } from "../channel.ts";
import type { BesideApi } from "./api/authorized.ts";
import type { ResolvedLineOptions } from "./config.ts";
import { noticeMessages } from "./economy/button.ts";
import { readPushesLeft, readRecipients } from "./economy/quota.ts";

/** What a push costs at LINE, what is left of the month, and what may be done to save it. */
export function createEconomy(api: BesideApi, options: ResolvedLineOptions): Economy {
  return {
    reserve: options.pushReserve,
    paidInGroups: options.groupPush === "always",
    left: () => readPushesLeft(api),
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
    notice: (kind, ticket) => noticeMessages(options.noticeTexts, kind, ticket),
  };
}
