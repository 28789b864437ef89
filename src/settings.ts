import type { BatchPolicy } from "./core/batch.ts";
import type { BusyPolicy } from "./core/busy.ts";
import { Misconfigured } from "./core/errors.ts";
import type { RetryPolicy } from "./core/retry.ts";
import type { Rollout } from "./core/rollout.ts";
import type { Settings } from "./deps.ts";
import type { ContextPolicy } from "./store/store.ts";

/** How the gateway works, as people write it. Every field has a default; times are in ms. */
export interface GatewaySettings {
  /** When messages become one turn. Default: quiet for 1 500 ms, 8 000 ms at most, 50 events at most. */
  readonly batch?: Partial<BatchPolicy>;
  /**
   * Who is batched, for a beginning with few: the peers on the list (ids as the platform writes them), and so many in a
   * hundred of the others, always the same ones. Whoever isn't gets an answer to each message. Default: all.
   */
  readonly rollout?: Partial<Rollout>;
  /** What a message does while the agent works on its conversation. Default: it waits for the next turn. */
  readonly busy?: Partial<BusyPolicy>;
  /** Messages of a group that were not for the bot and come along with its next turn. Default: 20, up to 1 h old; 0: none. */
  readonly context?: Partial<ContextPolicy>;
  /** How long a claim on a turn lasts without a sign of life. Default 60 000, least 1 000. */
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
  /** How long events, turns and deliveries are kept. Default 30 days. */
  readonly historyMs?: number;
  /** How long an event's key is kept, to know a late copy. Default 30 days, least 8: platforms retry for 7. */
  readonly dedupMs?: number;
  /** The longest time until a lost wake-up is noticed. Default 1 000. */
  readonly pollMs?: number;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

type Counted = Omit<Settings, "onUnknown" | "rollout" | "busy">;

const DEFAULTS: Counted = {
  batch: { quietMs: 1_500, maxWaitMs: 8_000, maxEvents: 50 },
  context: { maxEvents: 20, maxAgeMs: 3_600 * SECOND },
  leaseMs: 60 * SECOND,
  agentTimeoutMs: 300 * SECOND,
  turnRetry: { baseMs: 1_000, capMs: 60 * SECOND, maxAttempts: 10, maxAgeMs: 3_600 * SECOND },
  deliveryRetry: { baseMs: 500, capMs: 300 * SECOND, maxAttempts: 10, maxAgeMs: DAY },
  coalesceMs: 150,
  unknownWaitMs: 30 * SECOND,
  namesWaitMs: 300,
  media: { linkMs: 3_600 * SECOND, maxBytes: 200 * 1024 * 1024 },
  maxTurnsAtOnce: 256,
  maxCallsAtOnce: 64,
  historyMs: 30 * DAY,
  dedupMs: 30 * DAY,
  pollMs: SECOND,
};

/** The least that each field may be. */
const LEAST: { readonly [K in keyof Counted]: Counted[K] } = {
  batch: { quietMs: 0, maxWaitMs: 0, maxEvents: 1 },
  context: { maxEvents: 0, maxAgeMs: 0 },
  leaseMs: 1_000,
  agentTimeoutMs: 1_000,
  turnRetry: { baseMs: 0, capMs: 0, maxAttempts: 1, maxAgeMs: 0 },
  deliveryRetry: { baseMs: 0, capMs: 0, maxAttempts: 1, maxAgeMs: 0 },
  coalesceMs: 0,
  unknownWaitMs: 0,
  namesWaitMs: 0,
  media: { linkMs: 1_000, maxBytes: 1 },
  maxTurnsAtOnce: 1,
  maxCallsAtOnce: 1,
  historyMs: 1_000,
  dedupMs: 8 * DAY,
  pollMs: 10,
};

/** Everything present, checked and frozen. Throws `Misconfigured` with the field, what was read and what is allowed. */
export function resolveSettings(given: GatewaySettings): Settings {
  const { onUnknown = "hold" } = given;
  if (onUnknown !== "hold" && onUnknown !== "resend") {
    throw new Misconfigured(`onUnknown: read ${JSON.stringify(onUnknown)}; allowed: hold, resend`);
  }
  const counted = fill("", given, DEFAULTS, LEAST) as unknown as Counted;
  return Object.freeze({ ...counted, onUnknown, rollout: resolveRollout(given), busy: resolveBusy(given) });
}

function resolveRollout({ rollout = {} }: GatewaySettings): Rollout {
  const { percent = 100, peers = [] } = rollout;
  if (!Number.isSafeInteger(percent) || percent < 0 || percent > 100) {
    throw new Misconfigured(`rollout.percent: read ${percent}; allowed is a whole number, 0 to 100`);
  }
  return Object.freeze({ percent, peers: Object.freeze([...peers]) });
}

function resolveBusy({ busy = {} }: GatewaySettings): BusyPolicy {
  const { mode = "queue", skip = [] } = busy;
  if (mode !== "queue" && mode !== "interrupt") {
    throw new Misconfigured(`busy.mode: read ${JSON.stringify(mode)}; allowed: queue, interrupt`);
  }
  return Object.freeze({ mode, skip: Object.freeze([...skip]) });
}

type Numbers = { readonly [name: string]: number | Numbers };

/** `defaults` with what is given, at every depth. A field that is `undefined` counts as absent. */
function fill(path: string, given: object, defaults: object, least: object): Numbers {
  const read = given as Numbers;
  const bounds = least as Numbers;
  const entries = Object.entries(defaults as Numbers).map(([name, fallback]) => {
    const value = read[name] ?? fallback;
    const bound = bounds[name] ?? 0;
    const where = `${path}${name}`;
    if (typeof fallback === "object") return [name, fill(`${where}.`, value as object, fallback, bound as object)];
    checkLeast(where, value, Number(bound));
    return [name, value];
  });
  return Object.freeze(Object.fromEntries(entries));
}

function checkLeast(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && Number(value) >= least) return;
  throw new Misconfigured(`${name}: read ${value}; allowed is a whole number of at least ${least}`);
}
