import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Channel } from "../channel.ts";
import { createAccountCheck, NO_ACCOUNT_CHECK } from "../meta/api/account-check.ts";
import { createSender, secretsOf } from "../meta/api.ts";
import { createPlatformClient, type PostClient } from "../platform-client.ts";
import { classify } from "./classify.ts";
import { resolveWhatsAppOptions, WHATSAPP_SECTION, type WhatsAppOptions } from "./config.ts";
import { createDiagnostics } from "./diagnostics.ts";
import { createMedia } from "./media.ts";
import { normalizeWebhook } from "./normalize.ts";
import { textOf } from "./render/text-of.ts";
import { createRender } from "./render.ts";
import { createBuildCall, fitsTemplate, needsNoWindow } from "./send.ts";
import { whatsappCommands, whatsappViews } from "./simulator/control.ts";
import { whatsappSimulatorEntry } from "./simulator/entry.ts";
import { createWhatsAppSimulator } from "./simulator.ts";
import { createTypingIndicator } from "./typing-indicator.ts";
import { createWebhookEndpoint } from "./verify.ts";

export type { WhatsAppOptions } from "./config.ts";

/** Dependencies that tests replace: the clock, and a platform client without sockets. */
interface WhatsAppSeams {
  readonly clock?: Clock;
  readonly platformClient?: PostClient;
}

/** A phone number of the WhatsApp Cloud API. Throws `Misconfigured`. */
export function whatsapp(options: WhatsAppOptions, seams: WhatsAppSeams = {}): Channel {
  const resolved = resolveWhatsAppOptions(options);
  const clock = seams.clock ?? systemClock();
  const http = createPlatformClient({ ...resolved, baseUrl: resolved.graphBaseUrl }, clock);
  const platformClient = seams.platformClient ?? http;
  // A test's platform client only sends.
  const check =
    seams.platformClient === undefined ? createAccountCheck(http, resolved, resolved.phoneNumberId) : NO_ACCOUNT_CHECK;
  const send = createSender(platformClient, resolved, { classify, check });
  const secrets = secretsOf(resolved);
  const media = createMedia(resolved);
  return {
    name: "whatsapp",
    account: resolved.account,
    identity: resolved.phoneNumberId,
    // WhatsApp: webhook bodies (Cloud API: Webhooks).
    bodyLimitBytes: 3 * 1024 * 1024,
    // WhatsApp documents no time limit but a goal of one second, and retries a 503 for 7 days (Cloud API: Webhooks).
    ackBudgetMs: 5_000,
    // A refusal may be followed by a read of the account.
    callLimitMs: 2 * (resolved.connectTimeoutMs + resolved.sendTimeoutMs),
    token: null,
    paidRoute: "session",
    retryKeyLifeMs: null,
    ...createWebhookEndpoint(resolved),
    normalize: (webhook) => normalizeWebhook(webhook, resolved),
    messagesPerCall: 1,
    render: createRender(resolved),
    // Rendering respects Meta's limits; a raw message is sent as given.
    textOf,
    problemWith: () => null,
    checkAccount: check.health,
    // A test's platform client only sends.
    ...(seams.platformClient === undefined && { diagnostics: createDiagnostics(http, resolved, clock) }),
    // Meta has no quota of messages that could be asked for.
    costPolicy: null,
    needsNoWindow,
    templateInstead: (messages) => resolved.windowTemplate !== null && fitsTemplate(messages),
    buildCall: createBuildCall(resolved),
    awaitDeliveredMs: resolved.awaitDeliveredMs,
    send,
    typingIndicator: resolved.typingIndicator ? createTypingIndicator(send, resolved) : null,
    media,
    secrets: () => secrets,
    close: async () => {
      await Promise.all([platformClient.close(), media.close()]);
    },
  };
}

export const WHATSAPP = {
  create: whatsapp,
  section: WHATSAPP_SECTION,
  simulate: createWhatsAppSimulator,
  commands: whatsappCommands,
  views: whatsappViews,
  simulator: whatsappSimulatorEntry(whatsapp),
} as const;
