import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { WaitingCount } from "../core/waiting.ts";

/**
 * Every metric, under its public name. One registry per gateway, nothing global. A label that was added to an older metric
 * comes last, so that scripts that match the beginning of a line go on working.
 */
export type Metrics = ReturnType<typeof createMetrics>;

/** From one fsync to beyond the platform's timeout. */
const ACK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];
const TURN_SIZE_BUCKETS = [1, 2, 3, 5, 10, 20, 50];
/** Around the batch policy's 1.5 s and 8 s; longer waits are for a process or an agent. */
const WAIT_BUCKETS = [0.1, 0.5, 1, 1.5, 2, 3, 5, 8, 10, 15, 30, 60, 300, 3_600];
/** From an in-process function to the agent's time limit. */
const AGENT_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300];
/** One platform call, up to beyond its time limit. */
const SEND_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
/** Seconds that a person waits for, a reply token's life (60 s), and outages. */
const ANSWER_BUCKETS = [0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 120, 300, 900, 3_600, 86_400];

type Buckets = readonly number[];

function makers(registry: Registry) {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter<L>({ name: `turnpike_${name}`, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Gauge<L>({ name: `turnpike_${name}`, help, labelNames, registers }),
    histogram: <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: Buckets) =>
      new Histogram<L>({ name: `turnpike_${name}`, help, labelNames, buckets: [...buckets], registers }),
  };
}

type Makers = ReturnType<typeof makers>;

export function createMetrics() {
  const registry = new Registry();
  const make = makers(registry);
  return { registry, ...times(make), ...counts(make), ...states(make) };
}

/** Duration of each stage, in order. */
function times({ histogram }: Makers) {
  return {
    ackSeconds: histogram(
      "ack_seconds",
      "From the webhook's last byte to its committed 200.",
      ["channel"],
      ACK_BUCKETS,
    ),
    waitSeconds: histogram(
      "wait_seconds",
      "From a turn's first event until it is first handed to the agent.",
      ["channel", "account"],
      WAIT_BUCKETS,
    ),
    agentSeconds: histogram(
      "agent_seconds",
      "How long the agent had a turn, each time: answered, ended (a deferred reply, an interruption), failed, rejected, returned, handed-back, lost.",
      ["channel", "account", "outcome"],
      AGENT_BUCKETS,
    ),
    sendSeconds: histogram("send_seconds", "One platform call.", ["channel", "account", "route"], SEND_BUCKETS),
    answerSeconds: histogram(
      "answer_seconds",
      "End to end: from a turn's first event until the platform has a part of its answer.",
      ["channel", "account", "route"],
      ANSWER_BUCKETS,
    ),
    turnEvents: histogram(
      "turn_events",
      "Events in a turn when it is first handed to the agent.",
      [],
      TURN_SIZE_BUCKETS,
    ),
  };
}

function counts({ counter }: Makers) {
  return {
    webhooks: counter("webhooks_total", "Webhooks answered, by status code.", ["channel", "code", "account"]),
    requestsRejected: counter(
      "requests_rejected_total",
      "Requests rejected by a limit: rate-limit, body-budget, account, connections, media.",
      ["reason"],
    ),
    events: counter("events_total", "Events taken in: accepted, duplicate, healed, ignored.", [
      "channel",
      "outcome",
      "account",
    ]),
    turns: counter("turns_total", "Turns ended: done, dead, skipped, empty.", ["outcome"]),
    deliveries: counter("deliveries_total", "Deliveries that came into a state: sent, unknown, parked, dead.", [
      "channel",
      "route",
      "outcome",
      "account",
    ]),
    attempts: counter("attempts_total", "Platform calls made, by outcome.", ["channel", "route", "outcome", "account"]),
    leaseLost: counter("lease_lost_total", "Leases lost to another owner; nothing was changed under them."),
    inconsistent: counter(
      "idempotency_inconsistent_detected_total",
      "Known keys whose event was missing, though retention had not deleted it.",
    ),
    recovered: counter("idempotency_recovery_success_total", "Such events taken in again."),
    recoveryFailed: counter("idempotency_recovery_failure_total", "Such events that could not be taken in again."),
  };
}

function states({ gauge }: Makers) {
  return {
    oldestSeconds: gauge("oldest_seconds", "Age of the oldest row in each state that waits; no row is left out.", [
      "state",
    ]),
    waiting: gauge("waiting", "Rows in each state that waits, counted up to 10 000.", ["state"]),
    storeReadable: gauge("store_readable", "1 when the store could be read for what waits, else 0 and no ages."),
    pushQuotaRemaining: gauge("push_quota_remaining", "Paid messages left this month, where there is a limit.", [
      "account",
      "channel",
    ]),
    quotaExhausted: gauge("quota_exhausted", "1 while the month's paid messages are used up.", ["account", "channel"]),
    accountStopped: gauge("account_stopped", "1 while an account is stopped: its deliveries wait.", [
      "account",
      "channel",
    ]),
    windowTemplateRefused: gauge(
      "window_template_refused",
      "1 while an account's own template is refused: texts after the window are parked.",
      ["account", "channel"],
    ),
    breakerOpen: gauge(
      "breaker_open",
      "1 while this process's circuit breaker for an agent is open or half-open: turns wait.",
      ["agent"],
    ),
    receiptsFlowing: gauge(
      "receipts_flowing",
      "1 while the last watched calls of an account each got their receipt in time: then a missing receipt is evidence.",
      ["channel", "account"],
    ),
    agentConnections: gauge("agent_connections", "Agents connected to this process."),
  };
}

interface AccountGauges {
  readonly channel: string;
  readonly account: string;
  readonly isStopped: boolean;
  readonly isOutOfQuota: boolean;
  readonly isTemplateRefused: boolean;
  /** `null`: none is expected. */
  readonly areReceiptsFlowing: boolean | null;
}

/** From the rows, so that every process says the same. `null`: the store can't be read. */
export function showAccounts(metrics: Metrics, accounts: readonly AccountGauges[] | null): void {
  for (const gauge of [
    metrics.accountStopped,
    metrics.quotaExhausted,
    metrics.receiptsFlowing,
    metrics.windowTemplateRefused,
  ])
    gauge.reset();
  for (const { channel, account, isStopped, isOutOfQuota, isTemplateRefused, areReceiptsFlowing } of accounts ?? []) {
    metrics.accountStopped.set({ account, channel }, isStopped ? 1 : 0);
    metrics.quotaExhausted.set({ account, channel }, isOutOfQuota ? 1 : 0);
    metrics.windowTemplateRefused.set({ account, channel }, isTemplateRefused ? 1 : 0);
    if (areReceiptsFlowing !== null) metrics.receiptsFlowing.set({ channel, account }, areReceiptsFlowing ? 1 : 0);
  }
}

/** Circuit breakers by the names of their agents. */
export function showBreakers(metrics: Metrics, breakers: readonly { agent: string; state: string }[]): void {
  metrics.breakerOpen.reset();
  for (const { agent, state } of breakers) metrics.breakerOpen.set({ agent }, state === "closed" ? 0 : 1);
}

/** `null`: the store can't be read. Stale ages would mislead, so they are removed. */
export function showWaiting(metrics: Metrics, waiting: readonly WaitingCount[] | null): void {
  metrics.storeReadable.set(waiting === null ? 0 : 1);
  if (waiting === null) {
    metrics.oldestSeconds.reset();
    metrics.waiting.reset();
    return;
  }
  for (const { state, count, oldestMs } of waiting) {
    metrics.oldestSeconds.set({ state }, oldestMs / 1_000);
    metrics.waiting.set({ state }, count);
  }
}
