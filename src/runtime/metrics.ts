import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Waiting } from "../store/store.ts";

/** Everything that is counted, under the names of the public face. One registry per gateway, nothing global. */
export type Metrics = ReturnType<typeof createMetrics>;

/** From "as fast as one fsync" to "the platform gave up". */
const ACK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];
const TURN_SIZE_BUCKETS = [1, 2, 3, 5, 10, 20, 50];

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `turnpike_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name: `turnpike_${name}`, help, labelNames, registers });

  return {
    registry,
    webhooks: counter("webhooks_total", "Webhooks answered, by status code.", ["channel", "code"]),
    turnedAway: counter(
      "turned_away_total",
      "Requests turned away by a limit: flood, crowded, account, connections, media.",
      ["why"],
    ),
    ackSeconds: new Histogram({
      name: "turnpike_ack_seconds",
      help: "From the webhook's last byte to its committed 200.",
      labelNames: ["channel"],
      buckets: ACK_BUCKETS,
      registers,
    }),
    events: counter("events_total", "Events taken in: accepted, duplicate, healed, ignored.", ["channel", "outcome"]),
    turns: counter("turns_total", "Turns ended: done, dead, skipped, empty.", ["outcome"]),
    turnEvents: new Histogram({
      name: "turnpike_turn_events",
      help: "Events in a turn when it is first handed to the agent.",
      buckets: TURN_SIZE_BUCKETS,
      registers,
    }),
    deliveries: counter("deliveries_total", "Deliveries that came into a state: sent, unknown, parked, dead.", [
      "channel",
      "route",
      "outcome",
    ]),
    attempts: counter("attempts_total", "Platform calls made, by what they taught us.", [
      "channel",
      "route",
      "outcome",
    ]),
    oldestSeconds: gauge("oldest_seconds", "Age of the oldest row in each state that waits.", ["state"]),
    waiting: gauge("waiting", "Rows in each state that waits.", ["state"]),
    pushQuotaRemaining: gauge("push_quota_remaining", "Paid messages left this month, where there is a limit.", [
      "account",
    ]),
    quotaExhausted: gauge("quota_exhausted", "1 while the month's paid messages are used up.", ["account"]),
    accountStopped: gauge("account_stopped", "1 while an account's deliveries wait for a person.", ["account"]),
    receiptsFlowing: gauge(
      "receipts_flowing",
      "1 while the last watched calls of an account each got their receipt in time: then silence says something.",
      ["channel", "account"],
    ),
    leaseLost: counter("lease_lost_total", "Leases lost to another owner; nothing was changed under them."),
    inconsistent: counter(
      "idempotency_inconsistent_detected_total",
      "Known keys whose event was missing, though retention had not deleted it.",
    ),
    recovered: counter("idempotency_recovery_success_total", "Such events taken in again."),
    recoveryFailed: counter("idempotency_recovery_failure_total", "Such events that could not be taken in again."),
    agentConnections: gauge("agent_connections", "Agents connected to this process."),
  };
}

export function showWaiting(metrics: Metrics, waiting: readonly Waiting[]): void {
  for (const { state, count, oldestMs } of waiting) {
    metrics.oldestSeconds.set({ state }, oldestMs / 1_000);
    metrics.waiting.set({ state }, count);
  }
}
