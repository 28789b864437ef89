import { createHmac } from "node:crypto";
import { Agent } from "undici";
import type { AttemptReport, RecordedCall, SendOutcome } from "../../core/delivery.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Reached } from "./classify.ts";
import type { ResolvedMetaOptions } from "./config.ts";

/** An answer longer than this is not Graph's, and only its status counts. */
const ANSWER_LIMIT_BYTES = 64 * 1024;
const RECORDED_ANSWER_LENGTH = 500;

/** What came back from one call. */
export interface Answer {
  readonly reached: Reached;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Makes one call, once. It never rejects: how far it came is the answer. */
export interface Transport {
  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Proves that whoever calls with the token also has the app's secret (Graph API: Secure Graph API calls). The app's
 * setting "Require App Secret" asks for it; without that setting it does no harm.
 */
export function appSecretProof(accessToken: string, appSecret: string): string {
  return createHmac("sha256", appSecret).update(accessToken).digest("hex");
}

/** `/v26.0` in front of a path, as calls are recorded. */
export function graphPath(options: Pick<ResolvedMetaOptions, "graphVersion">, path: string): string {
  return `/${options.graphVersion}${path}`;
}

/** Sends recorded calls. The token and its proof are added here, so that no record holds them. */
export function createSender(
  transport: Transport,
  options: Pick<ResolvedMetaOptions, "accessToken" | "appSecrets">,
  classify: (reached: Reached) => SendOutcome,
): (call: RecordedCall) => Promise<AttemptReport> {
  // Of several secrets the first is the current one.
  const proof = appSecretProof(options.accessToken, options.appSecrets[0] ?? "");
  const headers = { authorization: `Bearer ${options.accessToken}`, "content-type": "application/json" };
  return async (call) => {
    const query = call.path.includes("?") ? "&" : "?";
    const { reached, headers: received } = await transport.post(
      `${call.path}${query}appsecret_proof=${proof}`,
      headers,
      call.body,
    );
    const isAnswered = reached.phase === "answered";
    return {
      outcome: classify(reached),
      status: isAnswered ? reached.status : null,
      response: isAnswered ? (reached.body?.slice(0, RECORDED_ANSWER_LENGTH) ?? null) : null,
      // Meta's support asks for it.
      requestId: received.get("x-fb-trace-id") ?? received.get("x-fb-request-id") ?? null,
      acceptedRequestId: null,
    };
  };
}

type HttpOptions = Pick<ResolvedMetaOptions, "graphBaseUrl" | "sendTimeoutMs" | "connectTimeoutMs">;

/**
 * Calls over HTTP/1.1 with connections kept open. Nothing is ever made twice: a POST is not retried here.
 *
 * The HTTP client says when it begins to write a request to an open connection. Whatever fails before that moment (the
 * name, the connection, TLS) left no byte; whatever fails after it may have been read by Meta.
 */
export function createHttpTransport(options: HttpOptions, clock: Clock): Transport {
  const base = new URL(options.graphBaseUrl);
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
  return {
    post: (path, headers, body) =>
      new Promise((resolve) => {
        const exchange = createExchange(clock, options.sendTimeoutMs, resolve);
        const request = { origin: base.origin, path: `${prefix}${path}`, method: "POST", headers, body } as const;
        try {
          agent.dispatch(request, exchange);
        } catch (error) {
          exchange.onResponseError(null, error);
        }
      }),
    close: () => agent.destroy(),
  };
}

/** Follows one request through the HTTP client's callbacks and resolves exactly once. */
function createExchange(clock: Clock, timeoutMs: number, resolve: (answer: Answer) => void) {
  let hasLeft = false;
  let isLate = false;
  let status: number | null = null;
  let headers: ReadonlyMap<string, string> = new Map();
  let size = 0;
  const chunks: Uint8Array[] = [];
  let cancelTimer = () => {};

  const answered = (body: string | null) => {
    cancelTimer();
    const retryAfterMs = readRetryAfter(headers.get("retry-after"));
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
      headers = new Map(Object.entries(received).map(([name, value]) => [name.toLowerCase(), String(value ?? "")]));
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

/** Meta documents no such header. A proxy's wish must not stop an account for days without a word. */
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
