import { Agent, type Dispatcher, request } from "undici";
import { parseJson } from "../json.ts";
import type { ResolvedLineOptions } from "./config.ts";

/** Calls beside the sending of messages: each may fail without harm, so none is told apart by how far it came. */
export interface LineApi {
  /** `null`: nobody answered, or not in time. */
  get(path: string, token: string): Promise<JsonAnswer | null>;
  post(path: string, form: Readonly<Record<string, string>>): Promise<JsonAnswer | null>;
  /** From the host that keeps what people sent. The body must be read or destroyed. */
  open(path: string, token: string, signal: AbortSignal): Promise<Dispatcher.ResponseData | null>;
  close(): Promise<void>;
}

export interface JsonAnswer {
  readonly status: number;
  /** `null`: it is no JSON. */
  readonly body: unknown;
}

type HttpOptions = Pick<ResolvedLineOptions, "apiBaseUrl" | "dataApiBaseUrl" | "sendTimeoutMs" | "connectTimeoutMs">;

/** A film may be paused by whoever reads it; but not for longer than this between two parts, in ms. */
const STALLED_MS = 60_000;

export function createLineApi(options: HttpOptions): LineApi {
  const dispatcher = new Agent({
    connect: { timeout: options.connectTimeoutMs },
    headersTimeout: options.sendTimeoutMs,
    bodyTimeout: STALLED_MS,
  });
  const json = (url: string, call: Omit<Parameters<typeof request>[1], "dispatcher">) =>
    unlessBroken(async () => {
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
      unlessBroken(() => request(`${options.dataApiBaseUrl}${path}`, { headers: bearer(token), signal, dispatcher })),
    close: () => dispatcher.destroy(),
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** What a network does is no error here: the caller goes without. */
async function unlessBroken<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch {
    return null;
  }
}
