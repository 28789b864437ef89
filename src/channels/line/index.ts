import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Channel } from "../channel.ts";
import { type LineOptions, resolveLineOptions } from "./config.ts";
import { normalizeWebhook } from "./normalize.ts";
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
    render: (replies) => ({ messages: renderReplies(replies), adapted: [] }),
    buildCall,
    send: createSender(transport, resolved.channelAccessToken),
    presence: null,
    close: () => transport.close(),
  };
}
