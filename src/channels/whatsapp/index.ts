import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Channel } from "../channel.ts";
import { createSender, secretsOf } from "../meta/api.ts";
import { createHttpTransport, type PostTransport } from "../transport.ts";
import { classify } from "./classify.ts";
import { resolveWhatsAppOptions, WHATSAPP_SECTION, type WhatsAppOptions } from "./config.ts";
import { createDiagnostics } from "./diagnostics.ts";
import { createMedia } from "./media.ts";
import { normalizeWebhook } from "./normalize.ts";
import { BODY_LIMIT_BYTES } from "./render/limits.ts";
import { createRender } from "./render.ts";
import { createBuildCall, fitsTemplate, needsNoWindow } from "./send.ts";
import { whatsappCommands, whatsappViews } from "./simulator/control.ts";
import { whatsappSimulatorEntry } from "./simulator/entry.ts";
import { createWhatsAppSimulator } from "./simulator.ts";
import { createTypingIndicator } from "./typing-indicator.ts";
import { createWebhookEndpoint } from "./verify.ts";

export type { WhatsAppOptions } from "./config.ts";

/** For tests: time, and a transport to a simulator that needs no socket. */
export interface WhatsAppSeams {
  readonly clock?: Clock;
  readonly transport?: PostTransport;
}

/** WhatsApp Cloud API, for one phone number. Throws `Misconfigured`. */
export function whatsapp(options: WhatsAppOptions, seams: WhatsAppSeams = {}): Channel {
  const resolved = resolveWhatsAppOptions(options);
  const clock = seams.clock ?? systemClock();
  const http = createHttpTransport({ ...resolved, baseUrl: resolved.graphBaseUrl }, clock);
  const transport = seams.transport ?? http;
  const send = createSender(transport, resolved, classify);
  const secrets = secretsOf(resolved);
  const media = createMedia(resolved);
  return {
    name: "whatsapp",
    account: resolved.account,
    identity: resolved.phoneNumberId,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    // WhatsApp names no time limit; its goal is a second (Cloud API: Webhooks), and a 503 is sent again for 7 days.
    ackBudgetMs: 5_000,
    callLimitMs: resolved.connectTimeoutMs + resolved.sendTimeoutMs,
    token: null,
    paidRoute: "session",
    retryKeyLifeMs: null,
    ...createWebhookEndpoint(resolved),
    normalize: (webhook) => normalizeWebhook(webhook, resolved),
    messagesPerCall: 1,
    render: createRender(resolved),
    // What Meta refuses is known when it is rendered; a raw message is sent as given.
    problemWith: () => null,
    // A transport that needs no socket leads to the sending alone.
    ...(seams.transport === undefined && { diagnostics: createDiagnostics(http, resolved, clock) }),
    // Messages of a conversation are not counted against a quota that could be asked for.
    costPolicy: null,
    needsNoWindow,
    templateInstead: (messages) => resolved.windowTemplate !== null && fitsTemplate(messages),
    buildCall: createBuildCall(resolved),
    awaitDeliveredMs: resolved.awaitDeliveredMs,
    send,
    typingIndicator: resolved.typingIndicator ? createTypingIndicator(resolved, transport) : null,
    media,
    secrets: () => secrets,
    close: async () => {
      await Promise.all([transport.close(), media.close()]);
    },
  };
}

/** What the list of channels has of WhatsApp. */
export const WHATSAPP = {
  create: whatsapp,
  section: WHATSAPP_SECTION,
  simulate: createWhatsAppSimulator,
  commands: whatsappCommands,
  views: whatsappViews,
  simulator: whatsappSimulatorEntry(whatsapp),
} as const;
