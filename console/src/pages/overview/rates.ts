/** The numbers of the overview, made of what the gateway counts by platform. Pure, so that they are tested without a browser. */
import type { PulseWire } from "../../../../src/http/admin/pulse.ts";

type ChannelWire = PulseWire["channels"][number];
type TimeName = keyof ChannelWire["times"];

/** Routes that cost money, as the agents' API counts them. The others are free. */
const PAID_ROUTES: ReadonlySet<string> = new Set(["push", "template"]);

const MINUTE_MS = 60_000;

export interface Flow {
  readonly in: number;
  readonly out: number;
  readonly free: number;
  readonly paid: number;
  readonly duplicates: number;
  readonly errors: number;
  /** How long was counted, in ms: less than the window when the process is young. */
  readonly countedMs: number;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

export function flowOf({ channels, from, now, since }: PulseWire): Flow {
  const sent = channels.flatMap(({ out }) => Object.entries(out));
  const paid = sum(sent.filter(([route]) => PAID_ROUTES.has(route)).map(([, { total }]) => total));
  const all = sum(sent.map(([, { total }]) => total));
  return {
    in: sum(channels.map((channel) => channel.in.total)),
    out: all,
    free: all - paid,
    paid,
    duplicates: sum(channels.map(({ duplicates }) => duplicates.total)),
    errors: sum(channels.map(errorsOf)),
    countedMs: Math.max(0, Date.parse(now) - Math.max(Date.parse(from), Date.parse(since))),
  };
}

export function errorsOf({ errors }: ChannelWire): number {
  return sum(Object.values(errors).map(({ total }) => total));
}

export function outOf({ out }: ChannelWire): number {
  return sum(Object.values(out).map(({ total }) => total));
}

/** Over what was counted, and over a minute at least, so that one message isn't a high rate. */
export function perMinute(count: number, countedMs: number): number {
  return (count * MINUTE_MS) / Math.max(countedMs, MINUTE_MS);
}

/** Percentiles of several platforms have no common one: the highest is what at most so many of each wait longer than. */
export function slowest(
  { channels }: PulseWire,
  time: TimeName,
): { readonly p50: number; readonly p99: number; readonly count: number } | null {
  const told = channels.map(({ times }) => times[time]).filter(({ count }) => count > 0);
  if (told.length === 0) return null;
  const highest = (values: readonly (number | null)[]) => Math.max(...values.map((value) => value ?? 0));
  return {
    p50: highest(told.map(({ p50 }) => p50)),
    p99: highest(told.map(({ p99 }) => p99)),
    count: sum(told.map(({ count }) => count)),
  };
}

export interface RatePoint {
  /** Start of the step, epoch ms. */
  readonly at: number;
  readonly in: number;
  readonly out: number;
}

/** What came and went in each minute, oldest first. The last minute goes on. */
export function minutesOf({ channels, from, stepMs }: PulseWire): readonly RatePoint[] {
  const steps = Math.max(1, Math.round(MINUTE_MS / stepMs));
  const start = Date.parse(from);
  const count = Math.max(0, ...channels.map((channel) => channel.in.steps.length));
  const inAt = (series: { readonly steps: readonly number[] }, index: number) =>
    sum(series.steps.slice(index, index + steps));
  return Array.from({ length: Math.ceil(count / steps) }, (_, minute) => {
    const index = minute * steps;
    return {
      at: start + index * stepMs,
      in: sum(channels.map((channel) => inAt(channel.in, index))),
      out: sum(channels.flatMap(({ out }) => Object.values(out)).map((series) => inAt(series, index))),
    };
  });
}

/** A round number at or above the highest, for the top of an axis. Its half is a whole number too. */
export function roundTop(highest: number): number {
  if (highest <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 2, 4, 6, 10].find((factor) => factor * power >= highest) ?? 10) * power;
}
