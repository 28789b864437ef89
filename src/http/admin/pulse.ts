/** `GET /api/pulse`: rates and percentiles of this process's last hour. */
import type { Hono } from "hono";
import { z } from "zod";
import type { Deps } from "../../pipeline/deps.ts";
import { Durations } from "../../runtime/durations.ts";
import {
  type ChannelPulse,
  PULSE_STEP_MS,
  type Pulse,
  type PulseCount,
  type PulseTime,
  type PulseWindow,
} from "../../runtime/pulse.ts";
import { readQuery } from "./read-query.ts";
import { list, time } from "./wire.ts";

export type PulseDeps = Pick<Deps, "channels" | "clock" | "ownership"> & { readonly pulse: Pulse };

const WINDOWS = { "15m": 900_000, "1h": 3_600_000 } as const;

const QUERY = z.strictObject({ window: z.enum(["15m", "1h"]).default("15m") });

/** A number for each step, oldest first, and their sum. */
const series = z.object({ total: z.int(), steps: list(z.int()) });
const ms = z.int().nullable();
/** In ms, within 7 %; `null` where there was none. */
const percentiles = z.object({
  count: z.int(),
  p50: ms,
  p95: ms,
  p99: ms,
  steps: z.object({ p50: list(ms), p95: list(ms), p99: list(ms) }),
});

export const PULSE = z.object({
  /** This process: others have a pulse of their own. */
  owner: z.string(),
  /** When this process began to count. What was before isn't known. */
  since: time,
  now: time,
  /** Start of the first step. */
  from: time,
  stepMs: z.int(),
  channels: list(
    z.object({
      channel: z.string(),
      in: series,
      /** Copies of events that were there already. */
      duplicates: series,
      /** Deliveries sent, by route. */
      out: z.record(z.string(), series),
      /** Webhooks answered by a 5xx; agent calls that failed; platform calls whose outcome isn't `sent`; dead deliveries. */
      errors: z.object({ webhook: series, agent: series, send: series, dead: series }),
      /** As the metrics `turnpike_ack_seconds`, `…wait…`, `…agent…`, `…send…` and `…answer…` measure them. */
      times: z.object({
        ack: percentiles,
        wait: percentiles,
        agent: percentiles,
        send: percentiles,
        answer: percentiles,
      }),
    }),
  ),
});
/** As it is on the wire. */
export type PulseWire = z.input<typeof PULSE>;

export function mountPulse(api: Hono, { channels, clock, ownership, pulse }: PulseDeps): void {
  const since = clock.now();
  api.get("/pulse", (c) => {
    const query = readQuery(c, QUERY);
    if (query instanceof Response) return query;
    const window = pulse.read(WINDOWS[query.window] / PULSE_STEP_MS);
    const names = [...new Set(channels.all.map(({ name }) => name))];
    return c.json(
      z.encode(PULSE, {
        owner: ownership.owner,
        since,
        now: clock.now(),
        from: window.from,
        stepMs: PULSE_STEP_MS,
        channels: names.map((channel) => channelIn(window, channel)),
      }),
    );
  });
}

type Step = ChannelPulse | undefined;

function channelIn(window: PulseWindow, channel: string) {
  const steps = window.steps.map((step) => step.get(channel));
  const counted = (what: PulseCount) => seriesOf(steps, (step) => step.counts[what]);
  const routes = new Set(steps.flatMap((step) => Object.keys(step?.sent ?? {})));
  return {
    channel,
    in: counted("in"),
    duplicates: counted("duplicates"),
    out: Object.fromEntries([...routes].map((route) => [route, seriesOf(steps, (step) => step.sent[route])])),
    errors: {
      webhook: counted("webhookErrors"),
      agent: counted("agentErrors"),
      send: counted("sendErrors"),
      dead: counted("dead"),
    },
    times: {
      ack: percentilesOf(steps, "ack"),
      wait: percentilesOf(steps, "wait"),
      agent: percentilesOf(steps, "agent"),
      send: percentilesOf(steps, "send"),
      answer: percentilesOf(steps, "answer"),
    },
  };
}

function seriesOf(steps: readonly Step[], of: (step: ChannelPulse) => number | undefined) {
  const counts = steps.map((step) => (step === undefined ? 0 : (of(step) ?? 0)));
  return { total: counts.reduce((sum, count) => sum + count, 0), steps: counts };
}

function percentilesOf(steps: readonly Step[], what: PulseTime) {
  const all = new Durations();
  for (const step of steps) {
    const durations = step?.times[what];
    if (durations !== undefined) all.addAll(durations);
  }
  const each = (share: number) => steps.map((step) => step?.times[what]?.percentile(share) ?? null);
  return {
    count: all.count,
    p50: all.percentile(0.5),
    p95: all.percentile(0.95),
    p99: all.percentile(0.99),
    steps: { p50: each(0.5), p95: each(0.95), p99: each(0.99) },
  };
}
