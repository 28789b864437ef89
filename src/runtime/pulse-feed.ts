import type { Counter, Histogram } from "prom-client";
import type { Metrics } from "./metrics.ts";
import type { PulseCount, PulseFeed, PulseTime } from "./pulse.ts";

type Labels = Readonly<Partial<Record<string, string | number>>>;

/** Agent calls by whose outcome no answer came, though the agent had the turn. */
const AGENT_ERRORS: ReadonlySet<unknown> = new Set(["failed", "rejected", "lost"]);

/** Each duration and the metric that it is measured by. */
const TIMES = [
  ["ackSeconds", "ack"],
  ["waitSeconds", "wait"],
  ["agentSeconds", "agent"],
  ["sendSeconds", "send"],
  ["answerSeconds", "answer"],
] as const satisfies readonly (readonly [keyof Metrics, PulseTime])[];

/**
 * Whatever the metrics count from now on, the pulse counts, too: so they can't tell two things, and no stage has to report
 * twice.
 */
export function feedPulse(metrics: Metrics, pulse: PulseFeed): void {
  for (const [metric, what] of TIMES) {
    onObserve(metrics[metric], ({ channel }, seconds) => pulse.took(String(channel), what, seconds * 1_000));
  }
  onObserve(metrics.agentSeconds, ({ channel, outcome }) => {
    if (AGENT_ERRORS.has(outcome)) pulse.count(String(channel), "agentErrors", 1);
  });
  const counts: readonly (readonly [Counter, (labels: Labels) => PulseCount | null])[] = [
    [metrics.events, ({ outcome }) => EVENTS[String(outcome)] ?? null],
    [metrics.webhooks, ({ code }) => (Number(code) >= 500 ? "webhookErrors" : null)],
    [metrics.attempts, ({ outcome }) => (outcome === "sent" ? null : "sendErrors")],
    [metrics.deliveries, ({ outcome }) => (outcome === "dead" ? "dead" : null)],
  ];
  for (const [counter, countOf] of counts) {
    onIncrease(counter, (labels, by) => {
      const what = countOf(labels);
      if (what !== null) pulse.count(String(labels.channel), what, by);
    });
  }
  onIncrease(metrics.deliveries, ({ channel, outcome, route }, by) => {
    if (outcome === "sent" && by > 0) pulse.sent(String(channel), String(route), by);
  });
}

const EVENTS: Readonly<Record<string, PulseCount>> = { accepted: "in", healed: "in", duplicate: "duplicates" };

/*
 * prom-client sets both methods on each instance, so a subclass could not override them. These metrics are only ever counted
 * with their labels.
 */

function onObserve(histogram: Histogram, act: (labels: Labels, value: number) => void): void {
  const metric: { observe(labels: Labels, value: number): void } = histogram;
  const observe = metric.observe.bind(metric);
  metric.observe = (labels, value) => {
    observe(labels, value);
    act(labels, value);
  };
}

function onIncrease(counter: Counter, act: (labels: Labels, by: number) => void): void {
  const metric: { inc(labels: Labels, by?: number): void } = counter;
  const inc = metric.inc.bind(metric);
  metric.inc = (labels, by = 1) => {
    inc(labels, by);
    act(labels, by);
  };
}
