import { Agent, type Dispatcher, request } from "undici";
import { parseJson } from "../json.ts";
import type { ResolvedLineOptions } from "./config.ts";

/** Calls other than sending messages. Each may fail without harm, so all network failures are the same: `null`. */
export interface LineApi {
  /** `null`: no answer in time. */
  get(path: string, token: string): Promise<JsonAnswer | null>;
  post(path: string, form: Readonly<Record<string, string>>): Promise<JsonAnswer | null>;
  /** Streams from the content host (`dataApiBaseUrl`). The body must be read or destroyed. */
  open(path: string, token: string, signal: AbortSignal): Promise<Dispatcher.ResponseData | null>;
  close(): Promise<void>;
}

export interface JsonAnswer {
  readonly status: number;
  /** `null`: not JSON. */
  readonly body: unknown;
}

type HttpOptions = Pick<ResolvedLineOptions, "apiBaseUrl" | "dataApiBaseUrl" | "sendTimeoutMs" | "connectTimeoutMs">;

/** Maximum pause between two chunks of a streamed body, in ms: its reader may apply backpressure. */
const BODY_IDLE_TIMEOUT_MS = 60_000;

export function createLineApi(options: HttpOptions): LineApi {
  const dispatcher = new Agent({
    connect: { timeout: options.connectTimeoutMs },
    headersTimeout: options.sendTimeoutMs,
    bodyTimeout: BODY_IDLE_TIMEOUT_MS,
  });
  const json = (url: string, call: Omit<Parameters<typeof request>[1], "dispatcher">) =>
    nullOnError(async () => {
      const { statusCode, body } = await request(url, { ...call, bodyTimeout: options.sendTimeoutMs, dispatcher });
      return { status: statusCode, body: parseJson(await body.text()) };
    });
  return {
    get: (path, token) => json(`${options.apiBaseUrl}${path}`, { headers: bearer(token) }),
    post: (path, form) =>
      json(`${options.apiBaseUrl}${path}`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(form).toString(),
      }),
    open: (path, token, signal) =>
      nullOnError(() => request(`${options.dataApiBaseUrl}${path}`, { headers: bearer(token), signal, dispatcher })),
    close: () => dispatcher.destroy(),
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Network errors become `null`: every caller can do without the answer. */
async function nullOnError<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch {
    return null;
  }
}
