/**
 * Goal: a message's way is one OpenTelemetry trace, whichever processes have a part in it, and the agent's own work can
 * join it; without an SDK nothing is done.
 * Method: a whole gateway on the manual clock, with the SDK's exporter in memory; a process that dies is one whose store
 * never answers again, and the next one opens its file.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Agent } from "../src/agents/agent.ts";
import { httpAgent } from "../src/agents/http.ts";
import { createTraces, traceIdOf } from "../src/runtime/traces.ts";
import type { Store } from "../src/store/store.ts";
import { until } from "./e2e/support/eventually.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { bot, patientBot } from "./support/bots.ts";
import { EchoServer } from "./support/canary/echo-server.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

let exporter: InMemorySpanExporter;

function register(sampler?: Sampler): void {
  exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors, ...(sampler && { sampler }) }));
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  ends.push(() => {
    trace.disable();
    propagation.disable();
  });
}

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  await whole.start();
  return whole;
}

const ann = (whole: AssembledGateway) => whole.simulator.person("Uann");
const stagesOf = (spans: readonly ReadableSpan[]) => spans.map(({ name }) => name.replace("turnpike.", ""));
const traceIdsOf = (spans: readonly ReadableSpan[]) => [...new Set(spans.map((span) => span.spanContext().traceId))];
const spanOf = (stage: string) => exporter.getFinishedSpans().filter(({ name }) => name === `turnpike.${stage}`);

describe("with an SDK", () => {
  beforeEach(() => register());

  test("all stages of a turn are one trace, whose id is the turn's", async () => {
    const { ask } = bot();
    const whole = await started({ answer: ask, settings: { batch: { quietMs: 1_000 } } });
    await ann(whole).says("hi");
    await whole.clock.advance(3_000);
    const spans = exporter.getFinishedSpans();
    expect(stagesOf(spans).toSorted()).toEqual(
      ["webhook", "ingest", "seal", "claim", "agent", "outbox", "send"].toSorted(),
    );
    const turnId = String(whole.lines.find(({ message }) => message === "turn answered")?.fields.turnId);
    expect(traceIdsOf(spans)).toEqual([traceIdOf(turnId)]);
    expect(turnId).toContain(traceIdOf(turnId));
    expect(new Set(spans.map((span) => span.parentSpanContext?.spanId)).size).toBe(1);
  });

  test("each stage has its kind, its time and what was decided, and no words, tokens or people", async () => {
    const { ask } = bot();
    const whole = await started({ answer: ask });
    whole.simulator.faults.next("reply", { at: "slow", delayMs: 700 });
    await ann(whole).says("my own words");
    await whole.clock.advance(3_000);
    const [send] = spanOf("send");
    expect(send).toMatchObject({
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      duration: [0, 700e6],
      attributes: { "turnpike.route": "reply", "turnpike.outcome": "sent", "turnpike.attempt": 1 },
    });
    expect(send?.startTime[0]).toBe(Math.floor(Date.parse("2026-11-22T03:00:00Z") / 1_000));
    expect(spanOf("webhook")[0]?.kind).toBe(SpanKind.SERVER);
    expect(spanOf("agent")[0]?.attributes).toMatchObject({ "turnpike.outcome": "answered" });
    const shown = exporter.getFinishedSpans().map(({ name, attributes, status }) => ({ name, attributes, status }));
    expect(JSON.stringify(shown)).not.toMatch(/my own words|Uann|replyToken/);
  });

  test("each attempt at a delivery is a span, and one that failed says so", async () => {
    const { ask } = bot();
    const whole = await started({ answer: ask });
    whole.simulator.faults.next("reply", { at: "before-accept", how: 500 });
    await ann(whole).says("hi");
    await whole.clock.advance(10_000);
    const sends = spanOf("send");
    expect(sends.map(({ attributes }) => attributes["turnpike.outcome"])).toEqual(["unknown", "sent"]);
    expect(sends.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
    expect(traceIdsOf(exporter.getFinishedSpans())).toHaveLength(1);
  });

  test("a process that dies between leaves a trace that the next one goes on with", async () => {
    const folder = mkdtempSync(join(tmpdir(), "turnpike-traces-"));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "turnpike.db");
    let isDead = false;
    const { ask, asked } = patientBot();
    const first = assembleGateway({ answer: ask, file, wrapStore: (store) => mortal(store, () => isDead) });
    await first.start();
    await ann(first).says("hi");
    await first.clock.settle();
    expect(asked).toHaveLength(1);
    isDead = true;
    await first.store.close();
    const next = await started({ answer: bot().ask, file, after: first });
    await next.clock.advance(5_000);
    expect(next.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["echo hi"]);
    const spans = exporter.getFinishedSpans();
    expect(traceIdsOf(spans)).toHaveLength(1);
    expect(spanOf("claim").map(({ attributes }) => attributes["turnpike.attempt"])).toEqual([1, 2]);
    expect(stagesOf(spans)).toEqual(expect.arrayContaining(["webhook", "ingest", "claim", "agent", "outbox", "send"]));
  });

  test("an HTTP agent is told the trace and the span of its call", async () => {
    await using echoServer = await EchoServer.start();
    const headers: unknown[] = [];
    const agent = httpAgent({ url: echoServer.url });
    const spied: Agent = {
      ...agent,
      invoke: (turn, signal) => {
        headers.push(turn.traceHeaders);
        return agent.invoke(turn, signal);
      },
    };
    echoServer.answer = () => [200, JSON.stringify({ replies: ["hello"] })];
    const whole = await started({ agent: spied });
    await ann(whole).says("hi");
    await until("the agent's span", async () => {
      await whole.clock.settle();
      return spanOf("agent").length > 0;
    });
    const context = spanOf("agent")[0]?.spanContext();
    expect(echoServer.heard[0]?.headers.traceparent).toBe(`00-${context?.traceId}-${context?.spanId}-01`);
    expect(headers).toEqual([{ traceparent: echoServer.heard[0]?.headers.traceparent }]);
  });

  test("a trace that the webhook came with is linked, not joined: a platform must not name ours", async () => {
    const whole = await started({ answer: bot().ask });
    const foreign = "0af7651916cd43dd8448eb211c80319c";
    const { webhook } = await ann(whole).says("hi", { lost: true });
    const { body } = whole.simulator.webhooks.at(-1) ?? webhook;
    const bytes = new TextEncoder().encode(body);
    const signed = { ...whole.simulator.sign(bytes), "content-type": "application/json" };
    const traceparent = `00-${foreign}-b7ad6b7169203331-01`;
    expect((await whole.post("/webhook/line", bytes, { ...signed, traceparent })).status).toBe(200);
    await whole.clock.advance(2_000);
    const [span] = spanOf("webhook");
    expect(span?.links.map(({ context }) => context.traceId)).toEqual([foreign]);
    expect(traceIdsOf(exporter.getFinishedSpans())).not.toContain(foreign);
  });
});

test("a sampler that goes by the trace's id keeps or drops a way as a whole", async () => {
  register(new TraceIdRatioBasedSampler(0.5));
  const traces = createTraces();
  const random = Array.from({ length: 200 }, (_, n) => `turn_${traceIdOf(`number ${n}`)}`);
  for (const id of random)
    for (const stage of ["ingest", "claim"] as const) traces.record(id, stage, { from: 1, to: 2 });
  const counts = Map.groupBy(exporter.getFinishedSpans(), (span) => span.spanContext().traceId);
  expect(new Set([...counts.values()].map((spans) => spans.length))).toEqual(new Set([2]));
  expect(counts.size).toBeGreaterThan(20);
  expect(counts.size).toBeLessThan(180);
});

describe("a trace id", () => {
  test.each([
    ["turn_01997f3c2b1a7c3d8e4f5a6b7c8d9e0f2a1", "01997f3c2b1a7c3d8e4f5a6b7c8d9e0f"],
    ["dlv_01997f3c2b1a7c3d8e4f5a6b7c8d9e0f", "01997f3c2b1a7c3d8e4f5a6b7c8d9e0f"],
  ])("of %s is %s", (id, traceId) => {
    expect(traceIdOf(id)).toBe(traceId);
  });

  test("of any other id is made of it, and is never the one that says there is none", () => {
    expect(traceIdOf("odd")).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf("odd")).not.toBe(traceIdOf("even"));
    expect(traceIdOf(`turn_${"0".repeat(32)}`)).not.toBe("0".repeat(32));
  });
});

test("without an SDK an agent gets no header and the work is simply done", () => {
  const traces = createTraces();
  const span = traces.start("turn_1", "agent", 1, {});
  expect(span.headers).toEqual({});
  expect(span.run(() => "done")).toBe("done");
  expect(() => span.end(2)).not.toThrow();
  expect(traces.start("turn_2", "agent", 1)).toBe(span);
});

/** A store whose process has died: nothing is answered any more. */
function mortal(store: Store, isDead: () => boolean): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver);
      if (typeof method !== "function" || name === "close") return method;
      return (...args: unknown[]) => (isDead() ? new Promise(() => {}) : Reflect.apply(method, target, args));
    },
  });
}
