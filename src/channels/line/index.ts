import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Channel, OutboundDelivery } from "../channel.ts";
import { createHttpTransport, type Transport } from "../transport.ts";
import { createAuthorizedApi } from "./api/authorized.ts";
import { type AccessTokens, issuedTokens, longLivedToken } from "./api/tokens.ts";
import { createLineApi, type LineApi } from "./api.ts";
import { LINE_SECTION, type LineOptions, type ResolvedLineOptions, resolveLineOptions } from "./config.ts";
import { mergeQuickReplies } from "./cost-policy/button.ts";
import { readPushesLeft } from "./cost-policy/quota.ts";
import { createCostPolicy } from "./cost-policy.ts";
import { createDiagnostics } from "./diagnostics.ts";
import { createMedia } from "./media.ts";
import { normalizeWebhook } from "./normalize.ts";
import { createProfiles } from "./profiles.ts";
import { MESSAGES_PER_CALL, renderReplies } from "./render.ts";
import { problemWith } from "./send/check.ts";
import { buildCall, createSender } from "./send.ts";
import { lineCommands, lineViews } from "./simulator/control.ts";
import { lineSimulatorEntry } from "./simulator/entry.ts";
import { createLineSimulator } from "./simulator.ts";
import { createTypingIndicator } from "./typing-indicator.ts";
import { createVerifier } from "./verify.ts";

export type { LineOptions } from "./config.ts";

/** Dependencies that tests replace: the clock, and a transport to a simulator without sockets. */
export interface LineSeams {
  readonly clock?: Clock;
  /** Sends messages. Without `api`, calls other than sending return nothing. */
  readonly transport?: Transport;
  readonly api?: LineApi;
}

/** A LINE channel of the gateway. Throws `Misconfigured`. */
export function line(options: LineOptions, seams: LineSeams = {}): Channel {
  const resolved = resolveLineOptions(options);
  const clock = seams.clock ?? systemClock();
  const transport = seams.transport ?? createHttpTransport({ ...resolved, baseUrl: resolved.apiBaseUrl }, clock);
  const api = seams.api ?? (seams.transport === undefined ? createLineApi(resolved) : NO_API);
  const tokens = tokensOf(resolved, api, clock);
  const authorized = createAuthorizedApi(transport, tokens);
  const callLimitMs = resolved.connectTimeoutMs + resolved.sendTimeoutMs;
  return {
    name: "line",
    account: resolved.account,
    bodyLimitBytes: 1024 * 1024,
    // LINE gives up on a webhook after 2 seconds (LINE: Check webhook errors, `request_timeout`).
    ackBudgetMs: 2_000,
    // A token may have to be fetched first, with the same limits.
    callLimitMs: typeof resolved.access === "string" ? callLimitMs : 2 * callLimitMs,
    token: { marginMs: resolved.tokenMarginMs },
    paidRoute: "push",
    // LINE: a retry key is valid for 24 hours after the first request (Retry failed API requests).
    retryKeyLifeMs: 24 * 60 * 60_000,
    verify: createVerifier(resolved.channelSecret),
    normalize: (webhook) => normalizeWebhook(webhook, resolved),
    messagesPerCall: MESSAGES_PER_CALL,
    render: renderReplies,
    problemWith,
    buildCall: (delivery, chosen) => buildCall(withQuickReplies(delivery, resolved), chosen),
    send: createSender(transport, tokens),
    costPolicy: createCostPolicy(authorized, resolved),
    diagnostics: createDiagnostics({
      transport,
      tokens: tokensOf(forDiagnostics(resolved), api, clock),
      options: resolved,
      left: () => readPushesLeft(authorized),
      clock,
    }),
    typingIndicator: createTypingIndicator(authorized, resolved),
    secrets: () => [...resolved.channelSecret, ...tokens.secrets()],
    ...(api === NO_API
      ? {}
      : {
          media: createMedia(api, tokens, resolved.channelSecret[0] ?? ""),
          profiles: createProfiles(api, tokens, clock),
        }),
    close: async () => {
      await Promise.all([transport.close(), api.close()]);
    },
  };
}

/** LINE's entry in the list of channels. */
export const LINE = {
  create: line,
  section: LINE_SECTION,
  simulate: createLineSimulator,
  commands: lineCommands,
  views: lineViews,
  simulator: lineSimulatorEntry(line),
} as const;

/** Null object: calls other than sending get no answer. */
const NO_API: LineApi = {
  get: async () => null,
  post: async () => null,
  open: async () => null,
  close: async () => {},
};

function tokensOf({ access }: ResolvedLineOptions, api: LineApi, clock: Clock): AccessTokens {
  return typeof access === "string" ? longLivedToken(access) : issuedTokens(access, api, clock);
}

/** Diagnostics use stateless tokens: a v2.1 token would use up one of the channel's 30. */
function forDiagnostics(options: ResolvedLineOptions): ResolvedLineOptions {
  const { access } = options;
  return typeof access === "string" ? options : { ...options, access: { ...access, tokenKind: "stateless" } };
}

function withQuickReplies(delivery: OutboundDelivery, { systemMessageTexts }: ResolvedLineOptions): OutboundDelivery {
  const callbackToken = delivery.more ?? null;
  const more = callbackToken === null ? null : { label: systemMessageTexts.more, callbackToken };
  return { ...delivery, messages: mergeQuickReplies(delivery.messages, more) };
}
