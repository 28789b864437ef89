import type { BatchPolicy } from "../core/batch.ts";
import type { BusyPolicy } from "../core/busy.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Rollout } from "../core/rollout.ts";
import { milliseconds, oneOf, textList, wholeNumber } from "../settings/kinds.ts";
import { type Filled, fill, group, setting } from "../settings/setting.ts";
import { BATCH } from "../settings/shared/batch.ts";
import type { ContextPolicy } from "../store/context-policy.ts";
import type { HandoverPolicy } from "../store/store.ts";
import { LIMITS, type LimitSettings } from "./limits.ts";

/** Options of `createGateway`. Every field has a default; times are in ms. */
export interface GatewaySettings {
  /** Debounce: when a turn is due. Default: after 1 500 ms of quiet, at most 8 000 ms, at most 50 events. */
  readonly batch?: Partial<BatchPolicy>;
  /** Overrides of `batch` by `<channel>/<account>`: `{ "line/shop": { quietMs: 0 } }`. */
  readonly accountBatch?: Readonly<Record<string, Partial<BatchPolicy>>>;
  /**
   * Gradual rollout of the debounce: listed peers (platform ids), and a percentage of the others, always the same ones.
   * Without it every message is a turn. Default: all.
   */
  readonly rollout?: Partial<Rollout>;
  /** What happens with a message while the agent works on its conversation. Default: it waits for the next turn. */
  readonly busy?: Partial<BusyPolicy>;
  /**
   * Context: messages that were not for the bot, with its next turn: a group's (up to 1 h old), and what was said during a
   * handover. Default: 20; 0: none.
   */
  readonly context?: Partial<ContextPolicy>;
  /**
   * Handover: how long the bot pauses in a conversation after a human agent answered in it by hand (default 0: no pause; at
   * most 7 days), and how soon after a person's first message such an answer counts as the platform's automatic greeting
   * (default 10 000; 0: never).
   */
  readonly handover?: Partial<HandoverPolicy>;
  /** Lease of a claimed turn without renewal. Default 60 000, at least 1 000. */
  readonly leaseMs?: number;
  /** Time limit of the agent for a turn, which is then retried. Default 300 000, at least 1 000. */
  readonly agentTimeoutMs?: number;
  /** Retries of a turn. Default: back-off of 1 s, doubling up to 60 s; dead after both 10 attempts and one hour. */
  readonly turnRetry?: Partial<RetryPolicy>;
  /** Retries of a delivery. Default: back-off of 0.5 s, doubling up to 5 min; dead after both 10 attempts and 24 h. */
  readonly deliveryRetry?: Partial<RetryPolicy>;
  /**
   * Debounce of replies that an agent sends one by one, so that one call has as many as it can. Default 150. 0: each is
   * sent at once, and only those that wait for another call are combined.
   */
  readonly coalesceMs?: number;
  /**
   * How long an unknown delivery blocks the later parts of its answer while it is retried, and how long a receipt may
   * take that settles its outcome. Default 30 000.
   */
  readonly unknownWaitMs?: number;
  /** How long a turn may wait for people's names before the agent gets it. Default 300; 0: names are not fetched. */
  readonly namesWaitMs?: number;
  /** Media links: their lifetime (default 1 h), and the largest content in bytes (default 200 MiB). */
  readonly media?: { readonly linkMs?: number; readonly maxBytes?: number };
  /**
   * What happens with an unknown delivery that neither a retry key nor a receipt has settled within `unknownWaitMs`:
   * `hold` leaves it to an operator, `resend` sends it once more, so that the person may get it twice. Default `hold`.
   * No effect on LINE, whose tokens and retry keys settle every outcome.
   */
  readonly onUnknown?: "hold" | "resend";
  /** Maximum number of concurrent turns of each agent in this process. Default 256. */
  readonly maxTurnsAtOnce?: number;
  /** Maximum number of concurrent platform calls of each account in this process. Default 256. */
  readonly maxCallsAtOnce?: number;
  /**
   * Retention of content: texts, payloads, names, messages and recorded calls of finished turns. Default 7 days; at
   * most `metadataMs`. A message that the platform reports as failed later can't be sent again.
   */
  readonly contentMs?: number;
  /** Retention of metadata: events, turns and deliveries, without content. Default 30 days. */
  readonly metadataMs?: number;
  /** Retention of deduplication keys. Default 30 days, at least 8: WhatsApp retries webhooks for 7. */
  readonly dedupKeysMs?: number;
  /** Poll interval: the longest delay after a lost wake-up. Default 1 000. */
  readonly pollMs?: number;
  /** Limits against overload and abuse. */
  readonly limits?: LimitSettings;
  /**
   * Grace period of `stop`: `/ready` is 503 while webhooks are still accepted, so that a load balancer removes the
   * process first. Default 0: with one process no other would accept them. Adds to the duration of a shutdown.
   */
  readonly shutdownGraceMs?: number;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MONTH = 30 * DAY;
/** Practically for ever. */
const CENTURY = 36_500 * DAY;

const retry = (what: string, [baseMs, capMs, maxAgeMs]: readonly [number, number, number]) =>
  group(`When ${what}.`, {
    baseMs: setting(milliseconds(0), { default: baseMs, meaning: `first delay before ${what}; doubles each time` }),
    capMs: setting(milliseconds(0), { default: capMs, meaning: `longest delay before ${what}` }),
    maxAttempts: setting(wholeNumber(1, 1_000_000), {
      default: 10,
      meaning: "attempts after which it is dead, if it is also older than `maxAgeMs`",
    }),
    maxAgeMs: setting(milliseconds(0, MONTH), { default: maxAgeMs, meaning: "age before which it isn't dead" }),
  });

/** Every setting of `createGateway`, with default and allowed values. */
export const GATEWAY_SETTINGS = {
  batch: BATCH,
  rollout: group("Gradual rollout of the debounce.", {
    percent: setting(wholeNumber(0, 100), {
      default: 100,
      meaning:
        "percentage of people whose messages are batched, always the same ones; for the others every message is a turn",
      env: "TURNPIKE_BATCH_PERCENT",
    }),
    peers: setting(textList, {
      default: [],
      meaning: "ids of people whose messages are always batched, separated by commas",
      env: "TURNPIKE_BATCH_PEERS",
      isId: true,
    }),
  }),
  busy: group("A message while the agent works on its conversation.", {
    mode: setting(oneOf(["queue", "interrupt"]), {
      default: "queue",
      meaning:
        "what happens with a message while the agent works on its conversation: `queue`, it waits for the next turn; `interrupt`, the agent's call is aborted and repeated with both, until `batch.maxWaitMs` after the first, and not once a part of the answer is queued",
      env: "TURNPIKE_BUSY",
    }),
    skip: setting(textList, {
      default: [],
      meaning:
        "postbacks that get no answer while the conversation is busy, such as `action=other`: the whole data or one of its parts between `&`; several rules, separated by commas",
      env: "TURNPIKE_BUSY_SKIP",
    }),
  }),
  context: group("Context: messages that were not for the bot.", {
    maxEvents: setting(wholeNumber(0, 1_000), {
      default: 20,
      meaning:
        "maximum number of messages that were not for the bot (in a group, or during a handover) and are sent with its next turn; 0: none",
    }),
    maxAgeMs: setting(milliseconds(0, MONTH), {
      default: HOUR,
      meaning: "in a group: maximum age of these messages when the turn begins",
    }),
  }),
  handover: group("Handover: a human agent answers by hand.", {
    pauseMs: setting(milliseconds(0, WEEK), {
      default: 0,
      meaning:
        "how long the bot pauses in a conversation after a human agent answered in it: in the page's inbox, in another app, on the phone; 0: no pause",
    }),
    // How long a platform takes for its greeting isn't documented.
    greetingMs: setting(milliseconds(0, HOUR), {
      default: 10 * SECOND,
      meaning:
        "an answer that comes so soon after a person's first message, and not from a named app, is the platform's automatic greeting and no human agent's; 0: none is",
    }),
  }),
  namesWaitMs: setting(milliseconds(0, 60_000), {
    default: 300,
    meaning: "how long a turn may wait for people's names before the agent gets it; 0: names are not fetched",
  }),
  media: group("Links to media content.", {
    linkMs: setting(milliseconds(1_000, MONTH), {
      default: HOUR,
      meaning: "lifetime of a media link, from when the agent gets its turn",
    }),
    maxBytes: setting(wholeNumber(1, 2 ** 40, "a whole number of bytes, 1 to 1099511627776"), {
      default: 200 * 1024 * 1024,
      meaning: "largest media content",
    }),
  }),
  leaseMs: setting(milliseconds(1_000), {
    default: 60 * SECOND,
    meaning: "lease of a claimed turn without renewal",
  }),
  agentTimeoutMs: setting(milliseconds(1_000, MONTH), {
    default: 300 * SECOND,
    meaning: "time limit of the agent for a turn, which is then retried",
  }),
  turnRetry: retry("a failed turn is retried", [SECOND, 60 * SECOND, HOUR]),
  deliveryRetry: retry("a delivery that was definitely not accepted is retried", [500, 300 * SECOND, DAY]),
  coalesceMs: setting(milliseconds(0, 10_000), {
    default: 150,
    meaning: "debounce of replies that an agent sends one by one, so that one call has up to five",
  }),
  unknownWaitMs: setting(milliseconds(0), {
    default: 30 * SECOND,
    meaning: "how long an unknown delivery blocks the later parts of its answer, and how long a receipt may take",
  }),
  onUnknown: setting(oneOf(["hold", "resend"]), {
    default: "hold",
    meaning:
      "what happens with an unknown delivery that no receipt has settled: `hold` leaves it to an operator, `resend` sends it once more; see `docs/channels.md`. No effect on LINE, whose tokens and retry keys settle every outcome",
  }),
  maxTurnsAtOnce: setting(wholeNumber(1, 1_000_000), {
    default: 256,
    meaning: "maximum number of concurrent turns of each agent in this process",
  }),
  maxCallsAtOnce: setting(wholeNumber(1, 1_000_000), {
    default: 256,
    meaning: "maximum number of concurrent platform calls of each account in this process",
  }),
  contentMs: setting(milliseconds(1_000, CENTURY), {
    default: 7 * DAY,
    meaning: "retention of content once it is answered: texts, payloads, names, recorded calls",
  }),
  metadataMs: setting(milliseconds(1_000, CENTURY), {
    default: MONTH,
    meaning: "retention of metadata: events, turns and deliveries",
  }),
  // WhatsApp retries a webhook for 7 days (WhatsApp: Webhooks, "Retries").
  dedupKeysMs: setting(milliseconds(8 * DAY, CENTURY), {
    default: MONTH,
    meaning: "retention of deduplication keys",
  }),
  shutdownGraceMs: setting(milliseconds(0, 300_000), {
    default: 0,
    meaning:
      "grace period after SIGTERM: `/ready` is 503 while webhooks are still accepted, so that a load balancer removes the process first. Adds to the ten seconds that a shutdown may take",
  }),
  limits: LIMITS,
  pollMs: setting(milliseconds(10), {
    default: SECOND,
    meaning: "poll interval: the longest delay after a lost wake-up",
  }),
} as const;

/** `GatewaySettings` with everything present. */
export type Settings = Filled<typeof GATEWAY_SETTINGS> & {
  /** Policies of accounts with overrides, by `<channel>/<account>`. */
  readonly accountBatch: Readonly<Record<string, BatchPolicy>>;
};

/** Validates, fills in defaults and freezes. Throws `Misconfigured`: field, what was read, what is allowed. */
export function resolveSettings(given: GatewaySettings): Settings {
  const filled = fill(GATEWAY_SETTINGS, given);
  const own = Object.entries(given.accountBatch ?? {}).map(([account, batch]) => [
    account,
    fill(BATCH.children, { ...filled.batch, ...withoutAbsent(batch) }, `accountBatch[${JSON.stringify(account)}].`),
  ]);
  return Object.freeze({ ...filled, accountBatch: Object.freeze(Object.fromEntries(own)) });
}

function withoutAbsent(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
