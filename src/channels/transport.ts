import { Agent } from "undici";
import type { Clock } from "../runtime/clock.ts";
import { codeOf } from "../runtime/log.ts";

/** How far a call got. */
export type Reached =
  /** No byte of the request left: name lookup, connection or TLS failed. */
  | { readonly phase: "not-sent"; readonly reason: string }
  /** The request left, wholly or in part, and no answer arrived. */
  | { readonly phase: "no-answer"; readonly reason: string }
  | {
      readonly phase: "answered";
      readonly status: number;
      /** `null`: the answer broke off or exceeded the size limit. */
      readonly body: string | null;
      /** `Retry-After`, which no platform documents but a proxy may send; 0 when there is none. */
      readonly retryAfterMs: number;
    };

/** The result of one call. */
export interface Answer {
  readonly reached: Reached;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Makes each call once. Never rejects: failures are in `reached`. */
export interface PostTransport {
  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Transport extends PostTransport {
  get(path: string, headers: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Of a longer answer, which no platform sends, only the status counts. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

export interface TransportOptions {
  readonly baseUrl: string;
  /** Time limit for an answer once the request is on its way, in ms. */
  readonly sendTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/**
 * Calls over HTTP/1.1 with keep-alive. Never retries.
 *
 * The HTTP client signals when it begins to write a request to an open connection. A failure before that (name lookup,
 * connection, TLS) sent no byte; after it the platform may have read the request.
 */
export function createHttpTransport(options: TransportOptions, clock: Clock): Transport {
  const base = new URL(options.baseUrl);
  const agent = new Agent({
    connect: { timeout: options.connectTimeoutMs },
    // One request at a time on a connection, so that a broken one leaves a single unknown outcome.
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    // Our own timeout, on `clock`, covers head and body of the answer.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const prefix = base.pathname.replace(/\/+$/, "");
  const dispatch = (request: {
    readonly method: "GET" | "POST";
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  }) =>
    new Promise<Answer>((resolve) => {
      const exchange = createExchange(clock, options.sendTimeoutMs, resolve);
      try {
        agent.dispatch({ ...request, origin: base.origin, path: `${prefix}${request.path}` }, exchange);
      } catch (error) {
        exchange.onResponseError(null, error);
      }
    });
  return {
    post: (path, headers, body) => dispatch({ method: "POST", path, headers, body }),
    get: (path, headers) => dispatch({ method: "GET", path, headers, body: null }),
    close: () => agent.destroy(),
  };
}

/** Dispatch handler of one request; resolves exactly once. */
function createExchange(clock: Clock, timeoutMs: number, resolve: (answer: Answer) => void) {
  let hasLeft = false;
  let isLate = false;
  let status: number | null = null;
  let headers: ReadonlyMap<string, string> = new Map();
  let retryAfterMs = 0;
  let size = 0;
  const chunks: Uint8Array[] = [];
  let cancelTimer = () => {};

  const answered = (body: string | null) => {
    cancelTimer();
    if (status !== null) resolve({ reached: { phase: "answered", status, body, retryAfterMs }, headers });
  };
  return {
    onRequestStart(controller: { abort(reason: Error): void }) {
      hasLeft = true;
      cancelTimer = clock.after(timeoutMs, () => {
        isLate = true;
        controller.abort(new Error("no answer in time"));
      });
    },
    onResponseStart(_controller: unknown, code: number, received: Record<string, string | string[] | undefined>) {
      // 1xx is informational.
      if (code < 200) return;
      status = code;
      headers = flatten(received);
      retryAfterMs = readRetryAfter(headers.get("retry-after"));
    },
    onResponseData(controller: { abort(reason: Error): void }, chunk: Uint8Array) {
      size += chunk.length;
      if (size > ANSWER_LIMIT_BYTES) controller.abort(new Error("the answer is too long"));
      else chunks.push(chunk);
    },
    onResponseEnd: () => answered(Buffer.concat(chunks).toString("utf8")),
    onResponseError(_controller: unknown, error: unknown) {
      if (status !== null) return answered(null);
      cancelTimer();
      const reason = isLate ? `no answer within ${timeoutMs} ms` : describeError(error);
      resolve({ reached: { phase: hasLeft ? "no-answer" : "not-sent", reason }, headers });
    },
  };
}

function flatten(headers: Record<string, string | string[] | undefined>): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value ?? "")]));
}

/** Upper bound of `Retry-After`: a proxy must not stop an account for days. */
const RETRY_AFTER_MAX_S = 3_600;

function readRetryAfter(value: string | undefined): number {
  const seconds = /^\d{1,6}$/.test(value ?? "") ? Number(value) : 0;
  return Math.min(seconds, RETRY_AFTER_MAX_S) * 1_000;
}

export function describeError(error: unknown): string {
  return `no connection or a broken one: ${codeOf(error)}`;
}
