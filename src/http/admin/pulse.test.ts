/**
 * Goal: the pulse tells what came in and went out, and how long it took, and the same as the metrics do.
 * Method: a whole gateway without a socket, with time that stands still.
 */
import { afterEach, expect, test } from "vitest";
import { badRequest, readAdmin } from "../../../test/support/admin-reader.ts";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import type { Agent } from "../../agents/agent.ts";
import { PULSE } from "./pulse.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  await whole.start();
  return whole;
}

async function lineOf(whole: AssembledGateway, window = "15m") {
  const pulse = await readAdmin(whole, PULSE, `/api/pulse?window=${window}`);
  const [line] = pulse.channels;
  if (line === undefined) throw new Error("the channel is not in it");
  return { ...pulse, line };
}

test("one answered message is in each number, and each equals the metric of its name", async () => {
  const whole: AssembledGateway = await started({
    answer: () => new Promise((resolve) => whole.clock.after(10, () => resolve("hi"))),
  });
  await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(2_000);
  const { line } = await lineOf(whole);
  expect(line).toMatchObject({
    channel: "line",
    in: { total: 1 },
    duplicates: { total: 0 },
    out: { reply: { total: 1 } },
    errors: { webhook: { total: 0 }, agent: { total: 0 }, send: { total: 0 }, dead: { total: 0 } },
  });
  expect(line.times).toMatchObject({ ack: { p50: 0 }, agent: { p50: 10 }, answer: { p95: 10 } });
  for (const [what, metric] of [
    ["ack", "ack_seconds"],
    ["wait", "wait_seconds"],
    ["agent", "agent_seconds"],
    ["send", "send_seconds"],
    ["answer", "answer_seconds"],
  ] as const) {
    const values = (await whole.gateway.metrics.registry.getSingleMetric(`turnpike_${metric}`)?.get())?.values ?? [];
    const of = (end: string) =>
      values.find((value) => "metricName" in value && value.metricName === `turnpike_${metric}_${end}`)?.value;
    expect(line.times[what].count, what).toBe(of("count"));
    expect(line.times[what].p99, what).toBe(Math.round((of("sum") ?? Number.NaN) * 1_000));
  }
});

test("the window is 15 minutes or the hour in steps of 10 s, of which the last goes on", async () => {
  const whole = await started({ answer: () => "hi" });
  await whole.simulator.person("Uann").says("first");
  await whole.clock.advance(20_000);
  await whole.simulator.person("Uann").says("second");
  await whole.clock.advance(1_000);
  for (const [window, steps] of [
    ["15m", 90],
    ["1h", 360],
  ] as const) {
    const { now, from, since, stepMs, line } = await lineOf(whole, window);
    expect(stepMs).toBe(10_000);
    expect(line.in.total, window).toBe(2);
    expect(line.in.steps).toHaveLength(steps);
    expect(line.in.steps.slice(-3)).toEqual([1, 0, 1]);
    expect(line.times.ack.steps.p50.slice(-3)).toEqual([0, null, 0]);
    const lastFrom = from + (steps - 1) * stepMs;
    expect([lastFrom <= now, now < lastFrom + stepMs, since < now]).toEqual([true, true, true]);
  }
});

test("failing agents and refused calls are counted, each as what it is", async () => {
  let isWell = false;
  const agent: Agent = {
    name: "moody",
    isReachable: () => true,
    invoke: async () =>
      isWell
        ? { kind: "answered", replies: [{ type: "text", text: "hi" }] }
        : { kind: "failed", reason: "not now", retryAfterMs: 0 },
    close: async () => undefined,
  };
  const whole = await started({ agent });
  whole.simulator.faults.next("reply", { at: "before-accept", how: 400, message: "Invalid reply token" });
  await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(0);
  isWell = true;
  await whole.clock.advance(60_000);
  const { line } = await lineOf(whole);
  expect(line.errors).toMatchObject({ agent: { total: 1 }, send: { total: 1 }, dead: { total: 0 } });
  expect(line.out).toMatchObject({ push: { total: 1 } });
});

test("a webhook that can't be stored is an error, and begins no answer", async () => {
  const whole = await started({
    wrapStore: (store) => ({ ...store, ingest: () => Promise.reject(new Error("the disk is full")) }),
  });
  await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(1_000);
  const { line } = await lineOf(whole);
  expect(line.errors.webhook.total).toBeGreaterThan(0);
  expect(line.in.total).toBe(0);
});

test("another window, or another word in the query, is a 400 that names the field", async () => {
  const whole = await started();
  expect(await badRequest(whole, "/api/pulse?window=1d")).toMatch(/window/);
  expect(await badRequest(whole, "/api/pulse?windows=1h")).toMatch(/windows/);
});
