import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Channel, OutboundDelivery } from "../channel.ts";
import { createHttpTransport, type Transport } from "../transport.ts";
import { createBesideApi } from "./api/authorized.ts";
import { type AccessTokens, issuedTokens, longLivedToken } from "./api/tokens.ts";
import { createLineApi, type LineApi } from "./api.ts";
import { createCheckup } from "./checkup.ts";
import { type LineOptions, type ResolvedLineOptions, resolveLineOptions } from "./config.ts";
import { gatherQuickReplies } from "./economy/button.ts";
import { readPushesLeft } from "./economy/quota.ts";
import { createEconomy } from "./economy.ts";
import { createMedia } from "./media.ts";
import { normalizeWebhook } from "./normalize.ts";
import { createPresence } from "./presence.ts";
import { createProfiles } from "./profiles.ts";
import { MESSAGES_PER_CALL, renderReplies } from "./render.ts";
import { problemWith } from "./send/check.ts";
import { buildCall, createSender } from "./send.ts";
import { createVerifier } from "./verify.ts";

export type { LineOptions } from "./config.ts";

/** For tests: time, and a road to a simulator that needs no socket. */
export interface LineSeams {
  readonly clock?: Clock;
  /** Calls beside the sending go by sockets just the same, unless `api` is given: with a transport alone there are none. */
  readonly transport?: Transport;
  readonly api?: LineApi;
}

/** LINE, for one LINE channel. Throws `Misconfigured`. */
export function line(options: LineOptions, seams: LineSeams = {}): Channel {
  const resolved = resolveLineOptions(options);
  const clock = seams.clock ?? systemClock();
  const transport = seams.transport ?? createHttpTransport({ ...resolved, baseUrl: resolved.apiBaseUrl }, clock);
  const api = seams.api ?? (seams.transport === undefined ? createLineApi(resolved) : NO_API);
  const tokens = tokensOf(resolved, api, clock);
  const beside = createBesideApi(transport, tokens);
  const callLimitMs = resolved.connectTimeoutMs + resolved.sendTimeoutMs;
  return {
    name: "line",
    account: resolved.account,
    bodyLimitBytes: 1024 * 1024,
    // LINE gives up on a webhook after 2 seconds (LINE: Check webhook errors, `request_timeout`).
    ackBudgetMs: 2_000,
    // A token may have to be fetched first.
    callLimitMs: typeof resolved.access === "string" ? callLimitMs : 2 * callLimitMs,
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
    send: createSender(transport, tokens),
    economy: createEconomy(beside, resolved),
    checkup: createCheckup({
      transport,
      tokens: tokensOf(forALook(resolved), api, clock),
      options: resolved,
      left: () => readPushesLeft(beside),
      clock,
    }),
    presence: createPresence(beside, resolved),
    secrets: () => [...resolved.channelSecrets, ...tokens.secrets()],
    ...(api === NO_API
      ? {}
      : {
          media: createMedia(api, tokens, resolved.channelSecrets[0] ?? ""),
          profiles: createProfiles(api, tokens, clock),
        }),
    close: async () => {
      await Promise.all([transport.close(), api.close()]);
    },
  };
}

/** Nobody is there. */
const NO_API: LineApi = {
  get: async () => null,
  post: async () => null,
  open: async () => null,
  close: async () => {},
};

function tokensOf({ access }: ResolvedLineOptions, api: LineApi, clock: Clock): AccessTokens {
  return typeof access === "string" ? longLivedToken(access) : issuedTokens(access, api, clock);
}

/** A stateless token takes up no room, whichever kind the gateway works with: a look must not use up one of the 30. */
function forALook(options: ResolvedLineOptions): ResolvedLineOptions {
  const { access } = options;
  return typeof access === "string" ? options : { ...options, access: { ...access, tokenKind: "stateless" } };
}

function withQuickReplies(delivery: OutboundDelivery, { noticeTexts }: ResolvedLineOptions): OutboundDelivery {
  const ticket = delivery.more ?? null;
  const more = ticket === null ? null : { label: noticeTexts.more, ticket };
  return { ...delivery, messages: gatherQuickReplies(delivery.messages, more) };
}
