/** What stands between the platforms and the processes: each webhook goes to the next of them that listens. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, request as call } from "undici";

export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Webhooks that each process answered 200, by its place in the list. */
  readonly acked: readonly number[];
  /** What the platform was told otherwise: the code and the words. */
  readonly refused: readonly string[];
}

export interface BalancerOptions {
  /** Asks each process whether it is ready, so often (ms), and sends nothing to one that isn't. Default: it doesn't ask. */
  readonly askEveryMs?: number;
}

/** A process that refuses the connection is skipped; one that dies over a webhook makes it a 502, as elsewhere. */
export async function openBalancer(
  backends: readonly string[],
  { askEveryMs }: BalancerOptions = {},
): Promise<Balancer> {
  const pool = new Agent();
  const acked = backends.map(() => 0);
  const refused: string[] = [];
  const away = new Set<number>();
  let next = 0;

  const ask = async (place: number) => {
    const ready = await call(`${backends[place]}/ready`, { dispatcher: pool }).catch(() => null);
    await ready?.body.dump().catch(() => undefined);
    if (ready?.statusCode === 200) away.delete(place);
    else away.add(place);
  };
  const polling =
    askEveryMs === undefined ? null : setInterval(() => backends.forEach((_, at) => void ask(at)), askEveryMs);

  /** Those that are ready first. When none is, the others are better than nobody. */
  const inTurn = () => {
    const from = next++;
    const places = backends.map((_, at) => (from + at) % backends.length);
    return [...places.filter((place) => !away.has(place)), ...places.filter((place) => away.has(place))];
  };

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const headers = { "content-type": request.headers["content-type"], ...signatureOf(request) };
    for (const place of inTurn()) {
      const url = `${backends[place]}${request.url}`;
      const answer = await call(url, { method: "POST", headers, body, dispatcher: pool }).catch(failureOf);
      if (answer === "refused") continue;
      if (answer === "disconnect") break;
      const text = await answer.body.text().catch(() => null);
      if (text === null) break;
      if (answer.statusCode === 200) acked[place] = (acked[place] ?? 0) + 1;
      else refused.push(`${answer.statusCode} ${text}`);
      response.writeHead(answer.statusCode, { "content-type": "application/json" }).end(text);
      return;
    }
    refused.push("502 nobody took it, or it was cut off");
    response.writeHead(502).end();
  }

  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acked,
    refused,
    [Symbol.asyncDispose]: async () => {
      if (polling !== null) clearInterval(polling);
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await pool.destroy();
    },
  };
}

function failureOf(error: Error & { code?: string }): "refused" | "disconnect" {
  return error.code === "ECONNREFUSED" ? "refused" : "disconnect";
}

function signatureOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers)
      .filter(([name]) => name.startsWith("x-"))
      .map(([name, value]) => [name, String(value)]),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
