import { createHash } from "node:crypto";
import {
  type Attributes,
  type Context,
  context,
  type HrTime,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";

/** The stages of a message, in order. */
type SpanName = "webhook" | "ingest" | "seal" | "claim" | "agent" | "outbox" | "send";

const KINDS: Readonly<Partial<Record<SpanName, SpanKind>>> = {
  webhook: SpanKind.SERVER,
  agent: SpanKind.CLIENT,
  send: SpanKind.CLIENT,
};

interface SpanFacts {
  /** Ids and decisions. Never a text, a token or a person. */
  readonly attributes?: Attributes;
  /** Why it failed. Default: it didn't. */
  readonly failure?: string | null;
}

interface EndedSpan extends SpanFacts {
  /** Epoch ms, by the process's clock. */
  readonly from: number;
  readonly to: number;
  /** Headers of the request that caused it: the trace in its `traceparent` is linked. */
  readonly headers?: Headers;
}

interface OpenSpan {
  /** For an outgoing call: `traceparent` and whatever else the configured propagator injects. */
  readonly headers: Readonly<Record<string, string>>;
  /** Runs work inside the span's context. */
  run<T>(work: () => T): T;
  end(at: number, facts?: SpanFacts): void;
}

/**
 * A message's path as an OpenTelemetry trace. The trace is the turn's (or, without a turn, the delivery's): its id is
 * derived from the turn's id, so every process writes into the same trace, before and after a crash, and the database
 * needs no column for it. Without an SDK in the process nothing happens.
 */
export interface Traces {
  /** A span that has ended. `id`: the turn's, or the delivery's. */
  record(id: string, name: SpanName, ended: EndedSpan): void;
  /** A span that goes on until `end`. */
  start(id: string, name: SpanName, from: number, attributes?: Attributes): OpenSpan;
}

const NAME = "turnpike";

export function createTraces(): Traces {
  const spanOf = (id: string, name: SpanName, from: number, given: { attributes?: Attributes; headers?: Headers }) =>
    trace.getTracer(NAME).startSpan(
      `${NAME}.${name}`,
      {
        kind: KINDS[name] ?? SpanKind.INTERNAL,
        startTime: timeOf(from),
        attributes: { [`${NAME}.id`]: id, ...given.attributes },
        links: given.headers === undefined ? [] : linksOf(given.headers),
      },
      traceContextOf(id),
    );

  return {
    record(id, name, { from, to, failure = null, ...given }) {
      if (!isOn()) return;
      const span = spanOf(id, name, from, given);
      if (failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      span.end(timeOf(to));
    },
    start(id, name, from, attributes = {}) {
      if (!isOn()) return UNTRACED;
      const span = spanOf(id, name, from, { attributes });
      const inside = trace.setSpan(traceContextOf(id), span);
      const headers: Record<string, string> = {};
      propagation.inject(inside, headers);
      return {
        headers,
        run: (work) => context.with(inside, work),
        end(at, { attributes: found = {}, failure = null } = {}) {
          span.setAttributes(found);
          if (failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
          span.end(timeOf(at));
        },
      };
    },
  };
}

const UNTRACED: OpenSpan = { headers: {}, run: (work) => work(), end: () => {} };

/** The API's proxy provider has no delegate until an SDK is registered. */
function isOn(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined;
}

/** Our ids are a prefix and the 128 bits of a UUID, which is the size of a trace id. */
export function traceIdOf(id: string): string {
  const own = /^[a-z]+_([0-9a-f]{32})/.exec(id)?.[1];
  return own !== undefined && /[1-9a-f]/.test(own) ? own : createHash("sha256").update(id).digest("hex").slice(0, 32);
}

/**
 * The common parent of all stages is never exported, because it began in a process that may be gone; its id is derived as
 * the trace's is. It is marked as sampled, so a sampler by trace id must not be parent-based.
 */
function traceContextOf(id: string): Context {
  const traceId = traceIdOf(id);
  const spanId = createHash("sha256").update(traceId).digest("hex").slice(0, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

function linksOf(headers: Headers) {
  const given = propagation.extract(ROOT_CONTEXT, headers, {
    get: (carrier, name) => carrier.get(name) ?? undefined,
    keys: (carrier) => [...carrier.keys()],
  });
  const linked = trace.getSpanContext(given);
  return linked === undefined ? [] : [{ context: linked }];
}

/** Seconds and nanoseconds: a plain number could be read as time since the process began. */
function timeOf(at: number): HrTime {
  return [Math.floor(at / 1_000), Math.round((at % 1_000) * 1e6)];
}
