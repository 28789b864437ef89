import { Agent } from "undici";
import { v5 as uuidv5 } from "uuid";
import type { AttemptReport, RecordedCall, Route, SendOutcome } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { OutboundDelivery } from "../channel.ts";
import type { AccessTokens, CurrentToken } from "./api/tokens.ts";
import { classify, type Reached } from "./classify.ts";
import type { ResolvedLineOptions } from "./config.ts";

/** Namespace of the retry keys. Never change it: a repeat after an upgrade must carry the key of the first attempt. */
const RETRY_KEY_NAMESPACE = "6f0b6f0e-5d0c-4c55-9b77-7f3a0e6d1c42";

/** An answer longer than this is not LINE's, and only its status counts. */
const ANSWER_LIMIT_BYTES = 64 * 1024;
const RECORDED_ANSWER_LENGTH = 500;

/** The exact request of one delivery. The same delivery on the same road always gives the same bytes. */
export function buildCall(delivery: OutboundDelivery, road: { route: Route; token: string | null }): RecordedCall {
  const { messages } = delivery;
  switch (road.route) {
    case "reply":
      assert(road.token !== null, "a reply needs a reply token");
      // LINE refuses a reply that carries a retry key; its token is what makes it single.
      return {
        path: "/v2/bot/message/reply",
        body: JSON.stringify({ replyToken: road.token, messages }),
        retryKey: null,
      };
    case "push":
      return {
        path: "/v2/bot/message/push",
        body: JSON.stringify({ to: delivery.peerId, messages }),
        // LINE takes a hexadecimal UUID and nothing else; our ids need not be one.
        retryKey: uuidv5(delivery.deliveryId, RETRY_KEY_NAMESPACE),
      };
    default:
      assert(false, `LINE has no route ${road.route}`);
  }
}

/** What came back from one call. */
export interface Answer {
  readonly reached: Reached;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Makes one call, once. It never rejects: how far it came is the answer. */
export interface Transport {
  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer>;
  get(path: string, headers: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

export function createSender(transport: Transport, tokens: AccessTokens) {
  return async (call: RecordedCall, route: Route): Promise<AttemptReport> => {
    const current = await tokens.current();
    if (current.kind !== "token") return notMade(withoutToken(current));
    const { reached, headers } = await transport.post(
      call.path,
      {
        authorization: `Bearer ${current.token}`,
        "content-type": "application/json",
        ...(call.retryKey === null ? {} : { "x-line-retry-key": call.retryKey }),
      },
      call.body,
    );
    const isAnswered = reached.phase === "answered";
    return {
      outcome: renewing(classify(route, reached), reached, current.token, tokens),
      status: isAnswered ? reached.status : null,
      response: isAnswered ? (reached.body?.slice(0, RECORDED_ANSWER_LENGTH) ?? null) : null,
      requestId: headers.get("x-line-request-id") ?? null,
      acceptedRequestId: headers.get("x-line-accepted-request-id") ?? null,
    };
  };
}

function withoutToken(current: Exclude<CurrentToken, { kind: "token" }>): SendOutcome {
  const { kind, reason } = current;
  return kind === "refused" ? { kind: "account-stopped", reason } : { kind: "retry", reason, retryAfterMs: 0 };
}

function notMade(outcome: SendOutcome): AttemptReport {
  return { outcome, status: null, response: null, requestId: null, acceptedRequestId: null };
}

/** A token of ours that ended before its time is renewed, and the call is made again; LINE did nothing with this one. */
function renewing(outcome: SendOutcome, reached: Reached, token: string, tokens: AccessTokens): SendOutcome {
  if (reached.phase !== "answered") return outcome;
  if (reached.status !== 401) {
    tokens.worked(token);
    return outcome;
  }
  if (tokens.failed(token) === "stopped" || outcome.kind !== "account-stopped") return outcome;
  return { kind: "retry", reason: `${outcome.reason}; the channel access token is renewed`, retryAfterMs: 0 };
}

type HttpOptions = Pick<ResolvedLineOptions, "apiBaseUrl" | "sendTimeoutMs" | "connectTimeoutMs">;

/**
 * Calls over HTTP/1.1 with connections kept open. Nothing is ever made twice: a POST is not retried here.
 *
 * The HTTP client says when it begins to write a request to an open connection. Whatever fails before that moment (the
 * name, the connection, TLS) left no byte; whatever fails after it may have been read by LINE.
 */
export function createHttpTransport(options: HttpOptions, clock: Clock): Transport {
  const base = new URL(options.apiBaseUrl);
  const agent = new Agent({
    connect: { timeout: options.connectTimeoutMs },
    // One request on a connection at a time, so that a broken one leaves a single outcome open.
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    // Our own time limit, by the clock, covers head and body of the answer.
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

/** Follows one request through the HTTP client's callbacks and resolves exactly once. */
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
      // 1xx only announces the answer.
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
      const reason = isLate ? `no answer within ${timeoutMs} ms` : describe(error);
      resolve({ reached: { phase: hasLeft ? "sent" : "not-sent", reason }, headers });
    },
  };
}

function flatten(headers: Record<string, string | string[] | undefined>): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value ?? "")]));
}

/** LINE documents no such header. A proxy's wish must not stop an account for days without a word. */
const RETRY_AFTER_MAX_S = 3_600;

function readRetryAfter(value: string | undefined): number {
  const seconds = /^\d{1,6}$/.test(value ?? "") ? Number(value) : 0;
  return Math.min(seconds, RETRY_AFTER_MAX_S) * 1_000;
}

/** The error's code where it has one: its message may quote what we sent. */
function describe(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return `no connection or a broken one: ${typeof code === "string" ? code : String(name)}`;
}
