import type { BatchPolicy } from "../core/batch.ts";
import type { BusyPolicy } from "../core/busy.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Rollout } from "../core/rollout.ts";
import { BATCH } from "../settings/batch.ts";
import { milliseconds, oneOf, wholeNumber, words } from "../settings/kinds.ts";
import { type Filled, fill, group, setting } from "../settings/setting.ts";
import type { ContextPolicy } from "../store/store.ts";
import { LIMITS, type LimitSettings } from "./limits.ts";

/** How the gateway works, as people write it. Every field has a default; times are in ms. */
export interface GatewaySettings {
  /** When messages become one turn. Default: quiet for 1 500 ms, 8 000 ms at most, 50 events at most. */
  readonly batch?: Partial<BatchPolicy>;
  /** The same for one account, by `<channel>/<account>`: `{ "line/shop": { quietMs: 0 } }`. What it leaves out is as in `batch`. */
  readonly accountBatch?: Readonly<Record<string, Partial<BatchPolicy>>>;
  /**
   * Who is batched, for a beginning with few: the peers on the list (ids as the platform writes them), and so many in a
   * hundred of the others, always the same ones. Whoever isn't gets an answer to each message. Default: all.
   */
  readonly rollout?: Partial<Rollout>;
  /** What a message does while the agent works on its conversation. Default: it waits for the next turn. */
  readonly busy?: Partial<BusyPolicy>;
  /** Messages of a group that were not for the bot and come along with its next turn. Default: 20, up to 1 h old; 0: none. */
  readonly context?: Partial<ContextPolicy>;
  /** How long a claim on a turn lasts without being renewed. Default 60 000, least 1 000. */
  readonly leaseMs?: number;
  /** How long the agent may work on a turn. Default 300 000, least 1 000. Then the turn is handed out again. */
  readonly agentTimeoutMs?: number;
  /** Default: 1 s doubling to 60 s; dead after 10 attempts and one hour, both. */
  readonly turnRetry?: Partial<RetryPolicy>;
  /** Default: 0.5 s doubling to 5 min; dead after 10 attempts and 24 hours, both. */
  readonly deliveryRetry?: Partial<RetryPolicy>;
  /**
   * How long replies that an agent gives one by one are gathered, so that up to a call's worth travels in one call.
   * Default 150. 0: each leaves at once, and only what waits behind another call travels together.
   */
  readonly coalesceMs?: number;
  /**
   * How long an unknown part of an answer holds up the parts behind it while it is tried again, and how long a receipt
   * may take that says what became of it. Default 30 000.
   */
  readonly unknownWaitMs?: number;
  /** How long handing over a turn may wait for the names of its people. Default 300; 0: names are never asked for. */
  readonly namesWaitMs?: number;
  /** Links to what people sent: how long they are good (default 1 h), and the largest content (default 200 MiB). */
  readonly media?: { readonly linkMs?: number; readonly maxBytes?: number };
  /**
   * What becomes of a message that may have been accepted when neither a retry key nor a receipt has settled it within
   * `unknownWaitMs`: `hold` shows it to a person, `resend` sends it once more, and then the person may read it twice.
   * Default `hold`. It has no effect on LINE, whose tokens and retry keys settle the doubt.
   */
  readonly onUnknown?: "hold" | "resend";
  /** Turns that this process works on at the same time. Default 256. */
  readonly maxTurnsAtOnce?: number;
  /** Platform calls that this process makes at the same time. Default 64. */
  readonly maxCallsAtOnce?: number;
  /**
   * How long what was said is kept: words, payloads and names of people, messages and recorded calls of finished turns.
   * Default 7 days; never longer than `historyMs`. A message that the platform reports as failed later can't go out again.
   */
  readonly bodiesMs?: number;
  /** How long it is kept that something was said: events, turns and deliveries, without their words. Default 30 days. */
  readonly historyMs?: number;
  /** How long an event's key is kept, to know a late copy. Default 30 days, least 8: platforms retry for 7. */
  readonly dedupMs?: number;
  /** The longest time until a lost wake-up is noticed. Default 1 000. */
  readonly pollMs?: number;
  /** What strangers and storms may take of the process. */
  readonly limits?: LimitSettings;
  /**
   * How long `stop` says "not ready" while webhooks are still taken in, so that a load balancer looks away first.
   * Default 0: where one process does it all, nobody else would take them. It adds to the time that stopping takes.
   */
  readonly shutdownGraceMs?: number;
}

/** `GatewaySettings` with everything present. */
export interface Settings {
  readonly batch: BatchPolicy;
  /** That of accounts which have their own, by `<channel>/<account>`. */
  readonly accountBatch: Readonly<Record<string, BatchPolicy>>;
  readonly rollout: Rollout;
  readonly busy: BusyPolicy;
  readonly context: ContextPolicy;
  readonly leaseMs: number;
  readonly agentTimeoutMs: number;
  /** When an agent that fails is asked again, and when its turn is dead. */
  readonly turnRetry: RetryPolicy;
  /** When a call that was certainly not accepted is made again, and when its delivery is dead. */
  readonly deliveryRetry: RetryPolicy;
  /** How long an answer that comes bit by bit is gathered before its first call, in ms. */
  readonly coalesceMs: number;
  readonly unknownWaitMs: number;
  readonly namesWaitMs: number;
  readonly media: { readonly linkMs: number; readonly maxBytes: number };
  readonly onUnknown: "hold" | "resend";
  readonly maxTurnsAtOnce: number;
  readonly maxCallsAtOnce: number;
  readonly bodiesMs: number;
  readonly historyMs: number;
  readonly dedupMs: number;
  readonly pollMs: number;
  readonly limits: Limits;
  /** How long the gateway says "not ready" before it takes no more webhooks, in ms. */
  readonly shutdownGraceMs: number;
}

/** What strangers and storms may take of the process. Beyond it they are told so, and come again. */
export interface Limits {
  /** Bodies whose signature isn't known yet hold this much together, in bytes. Default 64 MiB, least 4. */
  readonly bodyBudgetBytes: number;
  /** Signed webhooks of one account that wait for the store at the same time. Default 1 000. */
  readonly webhooksAtOnce: number;
  /** Signed webhooks of one account in a second. Default 0: as many as come; what LINE is refused it may never send again. */
  readonly webhooksPerSecond: number;
  /** Refused requests that one address may send in a minute before it is rejected unheard. Default 600; 0: any number. */
  readonly refusedPerMinute: number;
  /** Contents that are streamed to agents at the same time. Default 32. */
  readonly mediaAtOnce: number;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
/** As good as for ever. */
const CENTURY = 36_500 * DAY;

const retry = (what: string, [baseMs, capMs, maxAgeMs]: readonly [number, number, number]) =>
  group(`When ${what}.`, {
    baseMs: setting(milliseconds(0), { default: baseMs, meaning: `the wait before ${what}; it doubles each time …` }),
    capMs: setting(milliseconds(0), { default: capMs, meaning: "… up to this" }),
    maxAttempts: setting(wholeNumber(1, 1_000_000), { default: 10, meaning: "after so many attempts it is dead …" }),
    maxAgeMs: setting(milliseconds(0, MONTH), { default: maxAgeMs, meaning: "… but not before it is as old as this" }),
  });

/** Every setting of `createGateway`, with its default and what is allowed. */
export const GATEWAY_SETTINGS = {
  batch: BATCH,
  rollout: group("Who is batched, for a beginning with few.", {
    percent: setting(wholeNumber(0, 100), {
      default: 100,
      meaning:
        "how many people in a hundred are batched, always the same ones; the others get an answer to each message",
      env: "TURNPIKE_BATCH_PERCENT",
    }),
    peers: setting(words, {
      default: [],
      meaning: "ids of people who are batched whatever the percentage, separated by commas",
      env: "TURNPIKE_BATCH_PEERS",
      isId: true,
    }),
  }),
  busy: group("A message while the agent works on its conversation.", {
    mode: setting(oneOf(["queue", "interrupt"]), {
      default: "queue",
      meaning:
        "what a message does while the agent works on the conversation: `queue`, it waits for the next turn; `interrupt`, the agent is stopped and gets both together, until `batch.maxWaitMs` after the first, and not once a part of the answer is queued",
      env: "TURNPIKE_BUSY",
    }),
    skip: setting(words, {
      default: [],
      meaning:
        "postbacks that only serve the screen, as in `action=other`: they get no answer while the conversation is busy. The data as a whole or one of its parts between `&`; several rules, separated by commas",
      env: "TURNPIKE_BUSY_SKIP",
    }),
  }),
  context: group("Messages of a group that were not for the bot.", {
    maxEvents: setting(wholeNumber(0, 1_000), {
      default: 20,
      meaning: "a group's messages that were not for the bot and come along with its next turn; 0: none",
    }),
    maxAgeMs: setting(milliseconds(0, MONTH), {
      default: HOUR,
      meaning: "… and how old they may be when that turn begins",
    }),
  }),
  namesWaitMs: setting(milliseconds(0, 60_000), {
    default: 300,
    meaning: "how long handing over a turn may wait for people's names; 0: they are never asked for",
  }),
  media: group("Links to what people sent.", {
    linkMs: setting(milliseconds(1_000, MONTH), {
      default: HOUR,
      meaning: "how long a link to what a person sent is good, from when its turn is handed over",
    }),
    maxBytes: setting(wholeNumber(1, 2 ** 40, "a whole number of bytes, 1 to 1099511627776"), {
      default: 200 * 1024 * 1024,
      meaning: "the largest content that is passed on",
    }),
  }),
  leaseMs: setting(milliseconds(1_000), {
    default: 60 * SECOND,
    meaning: "how long a claim lasts without being renewed",
  }),
  agentTimeoutMs: setting(milliseconds(1_000, MONTH), {
    default: 300 * SECOND,
    meaning: "how long the agent may work on a turn; then it is handed out again",
  }),
  turnRetry: retry("a turn whose agent failed is handed out again", [SECOND, 60 * SECOND, HOUR]),
  deliveryRetry: retry("a call that was certainly not accepted is made again", [500, 300 * SECOND, DAY]),
  coalesceMs: setting(milliseconds(0, 10_000), {
    default: 150,
    meaning: "replies that an agent gives one by one are coalesced for this long, so that five travel in one call",
  }),
  unknownWaitMs: setting(milliseconds(0), {
    default: 30 * SECOND,
    meaning: "how long an unknown part of an answer holds up the parts behind it, and how long a receipt may take",
  }),
  onUnknown: setting(oneOf(["hold", "resend"]), {
    default: "hold",
    meaning:
      "an outcome that no receipt has settled: `hold` shows it to a person, `resend` sends it once more; see `docs/channels.md`. No effect on LINE: its tokens and retry keys settle the doubt",
  }),
  maxTurnsAtOnce: setting(wholeNumber(1, 1_000_000), {
    default: 256,
    meaning: "turns that this process works on at the same time",
  }),
  maxCallsAtOnce: setting(wholeNumber(1, 1_000_000), {
    default: 64,
    meaning: "platform calls that this process makes at the same time",
  }),
  bodiesMs: setting(milliseconds(1_000, CENTURY), {
    default: 7 * DAY,
    meaning: "how long what was said is kept once it is answered: texts, payloads, names, recorded calls",
  }),
  historyMs: setting(milliseconds(1_000, CENTURY), {
    default: MONTH,
    meaning: "how long events, turns and deliveries are kept",
  }),
  // Platforms send a webhook again for 7 days (WhatsApp: Webhooks, "Retries").
  dedupMs: setting(milliseconds(8 * DAY, CENTURY), {
    default: MONTH,
    meaning: "how long an event's key is kept, to know a late copy",
  }),
  shutdownGraceMs: setting(milliseconds(0, 300_000), {
    default: 0,
    meaning:
      "after SIGTERM `/ready` says no for so long while webhooks are still taken in, so that a load balancer looks away first. It adds to the ten seconds that a shutdown may take",
  }),
  limits: LIMITS,
  pollMs: setting(milliseconds(10), {
    default: SECOND,
    meaning: "the longest time until a lost wake-up is noticed",
  }),
} as const;

/** Every setting with its value. */
export type ResolvedSettings = Filled<typeof GATEWAY_SETTINGS> & {
  /** That of accounts which have their own, by `<channel>/<account>`. */
  readonly accountBatch: Readonly<Record<string, BatchPolicy>>;
};

/** Everything present, checked and frozen. Throws `Misconfigured` with the field, what was read and what is allowed. */
export function resolveSettings(given: GatewaySettings): ResolvedSettings {
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
