import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Channel } from "../channel.ts";
import { createAccountCheck, NO_ACCOUNT_CHECK } from "../meta/api/account-check.ts";
import { createSender, secretsOf } from "../meta/api.ts";
import { createPlatformClient, type PostClient } from "../platform-client.ts";
import { classify } from "./classify.ts";
import { MESSENGER_SECTION, type MessengerOptions, resolveMessengerOptions } from "./config.ts";
import { createDiagnostics } from "./diagnostics.ts";
import { normalizeWebhook } from "./normalize.ts";
import { textOf } from "./render/text-of.ts";
import { renderReplies } from "./render.ts";
import { createBuildCall, MESSAGES_PER_CALL, needsNoWindow } from "./send.ts";
import { messengerSimulatorEntry } from "./simulator/entry.ts";
import { createTypingIndicator } from "./typing-indicator.ts";
import { createWebhookEndpoint } from "./verify.ts";

export type { MessengerOptions } from "./config.ts";

/** Dependencies that tests replace: the clock, and a platform client without sockets. */
interface MessengerSeams {
  readonly clock?: Clock;
  readonly platformClient?: PostClient;
}

/** A Facebook page of the gateway. Throws `Misconfigured`. */
export function messenger(options: MessengerOptions, seams: MessengerSeams = {}): Channel {
  const resolved = resolveMessengerOptions(options);
  const clock = seams.clock ?? systemClock();
  const http = createPlatformClient({ ...resolved, baseUrl: resolved.graphBaseUrl }, clock);
  const platformClient = seams.platformClient ?? http;
  // A test's platform client only sends.
  const check =
    seams.platformClient === undefined ? createAccountCheck(http, resolved, resolved.pageId) : NO_ACCOUNT_CHECK;
  const send = createSender(platformClient, resolved, { classify, check });
  const secrets = secretsOf(resolved);
  return {
    name: "messenger",
    account: resolved.account,
    identity: resolved.pageId,
    bodyLimitBytes: 3 * 1024 * 1024,
    // Messenger gives up on a webhook after 5 seconds (Messenger: Webhooks, "Respond to event notifications").
    ackBudgetMs: 5_000,
    // A refusal may be followed by a read of the account.
    callLimitMs: 2 * (resolved.connectTimeoutMs + resolved.sendTimeoutMs),
    token: null,
    paidRoute: "session",
    retryKeyLifeMs: null,
    ...createWebhookEndpoint(resolved),
    normalize: (webhook) => normalizeWebhook(webhook, resolved),
    messagesPerCall: MESSAGES_PER_CALL,
    render: renderReplies,
    // Rendering respects Meta's limits; a raw message is sent as given.
    textOf,
    problemWith: () => null,
    checkAccount: check.health,
    // A test's platform client only sends.
    ...(seams.platformClient === undefined && { diagnostics: createDiagnostics(http, resolved, clock) }),
    // Meta has no quota of messages that could be asked for.
    costPolicy: null,
    needsNoWindow,
    buildCall: createBuildCall(resolved),
    send,
    typingIndicator: createTypingIndicator(send, resolved),
    secrets: () => secrets,
    close: () => platformClient.close(),
  };
}

export const MESSENGER = {
  create: messenger,
  section: MESSENGER_SECTION,
  simulator: messengerSimulatorEntry(messenger),
} as const;
