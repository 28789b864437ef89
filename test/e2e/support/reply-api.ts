import type { Gateway } from "./gateway.ts";
import { AGENT_TOKEN } from "./world.ts";

/** `POST /v1/turns/:turnId/replies`, as an agent that said `202` makes it. */
export async function postDeferredReply(
  gateway: Gateway,
  turnId: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${AGENT_TOKEN}` },
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const response = await fetch(`${gateway.url}/v1/turns/${turnId}/replies`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
}
