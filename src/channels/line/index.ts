import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Channel, Economy, OutboundDelivery } from "../channel.ts";
import { type LineOptions, type ResolvedLineOptions, resolveLineOptions } from "./config.ts";
import { createApi, type LineApi } from "./economy/api.ts";
import { gatherQuickReplies, noticeMessages } from "./economy/button.ts";
import { problemWith } from "./economy/check.ts";
import { readPushesLeft, readRecipients } from "./economy/quota.ts";
import { normalizeWebhook } from "./normalize.ts";
import { createPresence } from "./presence.ts";
import { MESSAGES_PER_CALL, renderReplies } from "./render.ts";
import { buildCall, createHttpTransport, createSender, type Transport } from "./send.ts";
import { createVerifier } from "./verify.ts";

export type { LineOptions } from "./config.ts";

/** For tests: time, and a road to a simulator that needs no socket. */
export interface LineSeams {
  readonly clock?: Clock;
  readonly transport?: Transport;
}

/** LINE, for one LINE channel. Throws `Misconfigured`. */
export function line(options: LineOptions, seams: LineSeams = {}): Channel {
  const resolved = resolveLineOptions(options);
  const transport = seams.transport ?? createHttpTransport(resolved, seams.clock ?? systemClock());
  const api = createApi(transport, resolved.channelAccessToken);
  return {
    name: "line",
    account: resolved.account,
    bodyLimitBytes: 1024 * 1024,
    // LINE gives up on a webhook after 2 seconds (LINE: Check webhook errors, `request_timeout`).
    ackBudgetMs: 2_000,
    callLimitMs: resolved.connectTimeoutMs + resolved.sendTimeoutMs,
    token: { marginMs: resolved.tokenMarginMs },
    paidRoute: "push",
    // LINE: a retry key is valid for 24 hours after the first request (Retry failed API requests).
    retryKeyLifeMs: 24 * 60 * 60_000,
    verify: createVerifier(resolved.channelSecrets),
    normalize: (webhook) => normalizeWebhook(webhook, resolved),
    messagesPerCall: MESSAGES_PER_CALL,
    render: renderReplies,
    problemWith,
    buildCall: (delivery, road) => buildCall(withQuickReplies(delivery, resolved), road),
    send: createSender(transport, resolved.channelAccessToken),
    economy: economyOf(api, resolved),
    presence: createPresence(api, resolved),
    close: () => transport.close(),
  };
}

function economyOf(api: LineApi, options: ResolvedLineOptions): Economy {
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

function withQuickReplies(delivery: OutboundDelivery, { noticeTexts }: ResolvedLineOptions): OutboundDelivery {
  const ticket = delivery.more ?? null;
  const more = ticket === null ? null : { label: noticeTexts.more, ticket };
  return { ...delivery, messages: gatherQuickReplies(delivery.messages, more) };
}
