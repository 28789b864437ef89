import type { Transport } from "../send.ts";
import { readAnswer, readObject, type WireObject } from "../wire.ts";

/** Calls that are no deliveries: nothing waits for them, and each is made once. They reject with what LINE said. */
export interface LineApi {
  get(path: string): Promise<WireObject>;
  post(path: string, body: unknown): Promise<void>;
}

export function createApi(transport: Transport, accessToken: string): LineApi {
  const authorization = `Bearer ${accessToken}`;
  return {
    get: async (path) => bodyOf(path, await transport.get(path, { authorization })),
    async post(path, body) {
      const headers = { authorization, "content-type": "application/json" };
      bodyOf(path, await transport.post(path, headers, JSON.stringify(body)));
    },
  };
}

type Answer = Awaited<ReturnType<Transport["get"]>>;

function bodyOf(path: string, { reached, headers }: Answer): WireObject {
  if (reached.phase !== "answered") throw new Error(`${path}: ${reached.reason}`);
  const { status, body } = reached;
  if (status >= 200 && status < 300) return readObject(parsed(body)) ?? {};
  const requestId = headers.get("x-line-request-id") ?? "none";
  throw new Error(`${path}: ${status} ${readAnswer(body).message ?? ""} (x-line-request-id: ${requestId})`);
}

function parsed(body: string | null): unknown {
  try {
    return JSON.parse(body ?? "");
  } catch {
    return null;
  }
}
