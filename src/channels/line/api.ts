import type { WireObject } from "../json.ts";
import type { CallResult, PlatformClient } from "../platform-client.ts";
import type { AccessTokens } from "./api/tokens.ts";
import { readAnswer, readBody } from "./wire.ts";

/** Calls other than deliveries, with the current token. Each is made once; rejects with LINE's error. */
export interface LineApi {
  get(path: string): Promise<WireObject>;
  post(path: string, body: unknown): Promise<void>;
}

export function createLineApi(platformClient: PlatformClient, tokens: AccessTokens): LineApi {
  async function authorization(path: string): Promise<string> {
    const current = await tokens.current();
    if (current.kind !== "token") throw new Error(`${path}: no channel access token: ${current.reason}`);
    return `Bearer ${current.token}`;
  }
  return {
    get: async (path) => bodyOf(path, await platformClient.get(path, { authorization: await authorization(path) })),
    async post(path, body) {
      const headers = { authorization: await authorization(path), "content-type": "application/json" };
      bodyOf(path, await platformClient.post(path, headers, JSON.stringify(body)));
    },
  };
}

function bodyOf(path: string, { reached, headers }: CallResult): WireObject {
  if (reached.phase !== "answered") throw new Error(`${path}: ${reached.reason}`);
  const { status, body } = reached;
  if (status >= 200 && status < 300) return readBody(body);
  const requestId = headers.get("x-line-request-id") ?? "none";
  throw new Error(`${path}: ${status} ${readAnswer(body).message ?? ""} (x-line-request-id: ${requestId})`);
}
