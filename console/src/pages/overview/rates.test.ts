/** Goal: every number of the overview is what the gateway counted. Method: a pulse of two platforms, counted by hand. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PulseWire } from "../../../../src/http/admin/pulse.ts";
import { errorsOf, flowOf, minutesOf, outOf, perMinute, roundTop, slowest } from "./rates.ts";

const series = (...steps: number[]) => ({ total: steps.reduce((sum, one) => sum + one, 0), steps });
const none = { count: 0, p50: null, p95: null, p99: null, steps: { p50: [], p95: [], p99: [] } };
const times = { ack: none, wait: none, agent: none, send: none, answer: none };
const errors = { webhook: series(0), agent: series(0), send: series(0), dead: series(0) };

const pulse = (changes: Partial<PulseWire> = {}): PulseWire => ({
  owner: "a",
  since: "2026-12-01T00:00:00.000Z",
  now: "2026-12-01T00:10:00.000Z",
  from: "2026-12-01T00:05:00.000Z",
  stepMs: 10_000,
  channels: [
    {
      channel: "line",
      in: series(1, 2, 3, 0, 0, 0, 4),
      duplicates: series(2),
      out: { reply: series(0, 1, 0, 0, 0, 0, 2), push: series(0, 0, 1) },
      errors: { ...errors, send: series(3), dead: series(1) },
      times: { ...times, ack: { ...none, count: 9, p50: 3, p95: 8, p99: 11 } },
    },
    {
      channel: "whatsapp",
      in: series(0, 0, 0, 0, 0, 0, 5),
      duplicates: series(0),
      out: { session: series(0, 0, 0, 0, 0, 0, 1), template: series(1) },
      errors,
      times: { ...times, ack: { ...none, count: 5, p50: 4, p95: 5, p99: 6 } },
    },
  ],
  ...changes,
});

test("what came and went is summed over the platforms, free and paid apart", () => {
  expect(flowOf(pulse())).toEqual({
    in: 15,
    out: 6,
    free: 4,
    paid: 2,
    duplicates: 2,
    errors: 4,
    countedMs: 300_000,
  });
  expect(pulse().channels.map(errorsOf)).toEqual([4, 0]);
  expect(pulse().channels.map(outOf)).toEqual([4, 2]);
});

test("a process that is younger than the window has counted since it started", () => {
  expect(flowOf(pulse({ since: "2026-12-01T00:09:00.000Z" })).countedMs).toBe(60_000);
});

test("a rate is over what was counted, and over a minute at least", () => {
  expect(perMinute(30, 300_000)).toBe(6);
  expect(perMinute(3, 1_000)).toBe(3);
});

test("a tile shows the slowest platform, and nothing where nothing was measured", () => {
  expect(slowest(pulse(), "ack")).toEqual({ p50: 4, p99: 11, count: 14 });
  expect(slowest(pulse(), "answer")).toBeNull();
});

test("six steps of ten seconds are a minute of the chart", () => {
  const start = Date.parse("2026-12-01T00:05:00.000Z");
  expect(minutesOf(pulse())).toEqual([
    { at: start, in: 6, out: 3 },
    { at: start + 60_000, in: 9, out: 3 },
  ]);
  expect(minutesOf(pulse({ channels: [] }))).toEqual([]);
});

test("the top of the axis is never below the highest and not far above it, and its half is a whole number", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (highest) => {
      expect(roundTop(highest)).toBeGreaterThanOrEqual(highest);
      expect(roundTop(highest)).toBeLessThanOrEqual(Math.max(4, highest * 2));
      expect(roundTop(highest) % 2).toBe(0);
    }),
  );
});
