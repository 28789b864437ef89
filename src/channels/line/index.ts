import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Channel, OutboundDelivery } from "../channel.ts";
import { createPlatformClient, type PlatformClient } from "../platform-client.ts";
import { createAccountCheck } from "./api/account-check.ts";
import { type AccessTokens, issuedTokens, longLivedToken } from "./api/tokens.ts";
import { createLineApi } from "./api.ts";
import { LINE_SECTION, type LineOptions, type ResolvedLineOptions, resolveLineOptions } from "./config.ts";
import { postbackAction } from "./cost-policy/button.ts";
import { readQuota } from "./cost-policy/quota.ts";
import { createCostPolicy } from "./cost-policy.ts";
import { createDiagnostics } from "./diagnostics.ts";
import { createMedia } from "./media.ts";
import { normalizeWebhook } from "./normalize.ts";
import { createProfiles } from "./profiles.ts";
import { mergeQuickReplies } from "./render/quick-replies.ts";
import { textOf } from "./render/text-of.ts";
import { MESSAGES_PER_CALL, renderReplies } from "./render.ts";
import { problemWith } from "./send/check.ts";
import { buildCall, createSender } from "./send.ts";
import { lineCommands, lineViews } from "./simulator/control.ts";
import { lineSimulatorEntry } from "./simulator/entry.ts";
import { createLineSimulator } from "./simulator.ts";
import { createTypingIndicator } from "./typing-indicator.ts";
import { createVerifier } from "./verify.ts";

export type { LineOptions } from "./config.ts";

/** Dependencies that tests replace: the clock, and a platform client without sockets. */
interface LineSeams {
  readonly clock?: Clock;
  readonly platformClient?: PlatformClient;
  /** `platformClient` is for names and media, too. Default false: it only sends. */
  readonly isWhole?: boolean;
}

/** A LINE channel of the gateway. Throws `Misconfigured`. */
export function line(options: LineOptions, seams: LineSeams = {}): Channel {
  const resolved = resolveLineOptions(options);
  const clock = seams.clock ?? systemClock();
  const platformClient =
    seams.platformClient ?? createPlatformClient({ ...resolved, baseUrl: resolved.apiBaseUrl }, clock);
  const { isWhole = seams.platformClient === undefined } = seams;
  const tokens = tokensOf(resolved, platformClient, clock);
  const api = createLineApi(platformClient, tokens);
  const media = createMedia(resolved, tokens);
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
    textOf,
    problemWith,
    buildCall: (delivery, chosen) => buildCall(withQuickReplies(delivery, resolved), chosen),
    send: createSender(platformClient, tokens),
    costPolicy: createCostPolicy(api, resolved),
    checkAccount: createAccountCheck(platformClient, tokens),
    diagnostics: createDiagnostics({
      platformClient,
      tokens: tokensOf(forDiagnostics(resolved), platformClient, clock),
      options: resolved,
      left: async () => (await readQuota(api))?.left ?? null,
      clock,
    }),
    typingIndicator: createTypingIndicator(api, resolved),
    secrets: () => [...resolved.channelSecret, ...tokens.secrets()],
    ...(isWhole && { media, profiles: createProfiles(api, clock) }),
    close: async () => {
      await Promise.all([platformClient.close(), media.close()]);
    },
  };
}

export const LINE = {
  create: line,
  section: LINE_SECTION,
  simulate: createLineSimulator,
  commands: lineCommands,
  views: lineViews,
  simulator: lineSimulatorEntry(line),
} as const;

function tokensOf({ access }: ResolvedLineOptions, platformClient: PlatformClient, clock: Clock): AccessTokens {
  return typeof access === "string" ? longLivedToken(access) : issuedTokens(access, platformClient, clock);
}

/** Diagnostics use stateless tokens: a v2.1 token would use up one of the channel's 30. */
function forDiagnostics(options: ResolvedLineOptions): ResolvedLineOptions {
  const { access } = options;
  return typeof access === "string" ? options : { ...options, access: { ...access, tokenKind: "stateless" } };
}

function withQuickReplies(delivery: OutboundDelivery, { systemMessageTexts }: ResolvedLineOptions): OutboundDelivery {
  const callbackToken = delivery.more ?? null;
  const more = callbackToken === null ? null : postbackAction(systemMessageTexts.more, callbackToken);
  return { ...delivery, messages: mergeQuickReplies(delivery.messages, more) };
}
