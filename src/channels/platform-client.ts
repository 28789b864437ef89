import { Agent } from "undici";
import type { Clock } from "../runtime/clock.ts";
import { httpConnect } from "../runtime/http-connect.ts";
import { type Exchanged, exchange, NoAnswerInTime } from "../runtime/http-exchange.ts";
import { codeOf } from "../runtime/log.ts";
import { USER_AGENT } from "../runtime/user-agent.ts";

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
export interface CallResult {
  readonly reached: Reached;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Makes each call once. Never rejects: failures are in `reached`. */
export interface PostClient {
  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<CallResult>;
  close(): Promise<void>;
}

export interface PlatformClient extends PostClient {
  get(path: string, headers: Readonly<Record<string, string>>): Promise<CallResult>;
}

/** Of a longer answer, which no platform sends, only the status counts. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

export interface PlatformClientOptions {
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
export function createPlatformClient(options: PlatformClientOptions, clock: Clock): PlatformClient {
  const base = new URL(options.baseUrl);
  const agent = new Agent({
    // One request at a time on a connection, so that a broken one leaves a single unknown outcome.
    connect: httpConnect({ timeout: options.connectTimeoutMs, allowH2: false }),
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    // Our own timeout, on `clock`, covers head and body of the answer.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const prefix = base.pathname.replace(/\/+$/, "");
  const { sendTimeoutMs: ms } = options;
  const limits = { maxBytes: ANSWER_LIMIT_BYTES, timeout: { clock, ms } };
  const call = async (
    method: "GET" | "POST",
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | null,
  ): Promise<CallResult> => {
    const named = { "user-agent": USER_AGENT, ...headers };
    const request = { origin: base.origin, path: `${prefix}${path}`, method, headers: named, body };
    return answerOf(await exchange(agent, request, limits), ms);
  };
  return {
    post: (path, headers, body) => call("POST", path, headers, body),
    get: (path, headers) => call("GET", path, headers, null),
    close: () => agent.destroy(),
  };
}

function answerOf(exchanged: Exchanged, timeoutMs: number): CallResult {
  if (exchanged.kind === "failed") {
    const { hasLeft, error } = exchanged;
    const reason = error instanceof NoAnswerInTime ? `no answer within ${timeoutMs} ms` : describeError(error);
    return { reached: { phase: hasLeft ? "no-answer" : "not-sent", reason }, headers: new Map() };
  }
  const { status, headers, body } = exchanged;
  const text = Buffer.isBuffer(body) ? body.toString("utf8") : null;
  return {
    reached: { phase: "answered", status, body: text, retryAfterMs: readRetryAfter(headers.get("retry-after")) },
    headers,
  };
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
