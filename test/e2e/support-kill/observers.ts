import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { Agent, request as post } from "undici";
import type { WireTurn } from "../../../src/agents/protocol.ts";
import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { Random } from "../../../src/runtime/random.ts";
import type { LineSimulator } from "../../../src/simulator/index.ts";
import type { Killer } from "./killer.ts";
import { answerTo } from "./verdict.ts";

export interface Observer {
  readonly url: string;
  /** Unexpected events; must be empty. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/**
 * Proxy from LINE to the gateway that triggers the killer: the ack of a stored webhook may be lost, and LINE redelivers
 * it to the next process.
 */
export async function openWebhookProxy(gatewayUrl: string, killer: Killer): Promise<Observer> {
  const pool = new Agent();
  const proxy = await serve(async (request, response) => {
    const body = await readBody(request);
    killer.isStruck("ingest");
    const forwarded = await send(pool, `${gatewayUrl}${request.url}`, headersOf(request), body);
    if (forwarded?.status === 200 && killer.isStruck("ack lost")) return;
    if (forwarded !== null) await sendBack(response, forwarded.status, {}, forwarded.text);
  });
  return {
    ...proxy,
    close: async () => {
      await proxy.close();
      await pool.destroy();
    },
  };
}

/** `null`: the gateway isn't running, or died during the request. */
async function send(pool: Agent, url: string, headers: Readonly<Record<string, string>>, body: Uint8Array) {
  const { "content-type": type = "", "x-line-signature": signature = "" } = headers;
  try {
    const answer = await post(url, {
      method: "POST",
      headers: { "content-type": type, "x-line-signature": signature },
      body,
      dispatcher: pool,
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch {
    return null;
  }
}

/** Proxy to LINE's API that triggers the killer. */
export function openLineProxy(line: LineSimulator, killer: Killer, dead: () => Promise<unknown>): Promise<Observer> {
  return serve(async (request, response) => {
    const { method = "", url: path = "" } = request;
    const call = { method, path, headers: headersOf(request), body: await readBody(request) };
    const route = routeOf(path);
    if (route === null) {
      // Names, quota, typing indicators: not relevant for messages.
      const aside = await line.handle(call);
      if (aside !== "disconnect") await sendBack(response, aside.status, aside.headers, aside.body);
      return;
    }
    if (killer.isStruck("call lost")) return;
    if (killer.isStruck(`${route} orphaned`)) {
      await dead();
      await line.handle(call);
      return;
    }
    const result = await line.handle(call);
    if (result === "disconnect") throw new Error("unexpected fault of the simulator");
    if (result.status === 200 && killer.isStruck(`${route} accepted`)) return;
    await sendBack(response, result.status, result.headers, result.body);
    killer.isStruck("call answered");
  });
}

function routeOf(path: string): "reply" | "push" | null {
  if (path.endsWith("/message/push")) return "push";
  return path.endsWith("/message/reply") ? "reply" : null;
}

/** Maximum duration of the agent's call, in ms: long enough for messages to arrive meanwhile. */
const THINKS_MS_MAX = 150;

/**
 * A bot that answers with the names of the turn's messages after a delay. Reports unsigned turns, and retried turns
 * with other events.
 */
export function openEchoAgent(parts: {
  readonly secret: string;
  readonly killer: Killer;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<Observer> {
  const { killer, clock, random } = parts;
  const webhook = new Webhook(parts.secret);
  const turns = new Map<string, string>();
  return serve(async (request, response) => {
    killer.isStruck("turn given");
    const body = await readBody(request);
    const turn = webhook.verify(Buffer.from(body), headersOf(request)) as WireTurn;
    const earlier = turns.get(turn.turnId) ?? turn.text;
    if (earlier !== turn.text) throw new Error(`${turn.turnId} was ${earlier} and is ${turn.text}`);
    turns.set(turn.turnId, turn.text);
    await pause(clock, random.fraction() * THINKS_MS_MAX);
    const replies = answerTo(turn.text.split("\n"));
    await sendBack(response, 200, { "content-type": "application/json" }, JSON.stringify({ replies }));
    killer.isStruck("answer given");
  });
}

/** A connection error is expected, because the client may have been killed; any other error is reported. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<Observer> {
  const complaints: string[] = [];
  const server = createServer((request, response) => {
    handle(request, response)
      .catch((error: Error & { code?: string }) => {
        if (error.code !== "ECONNRESET") complaints.push(String(error));
      })
      .finally(() => {
        if (!response.writableEnded) request.socket.destroy();
      });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    complaints,
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Resolves when the last byte is with the operating system, or the other side is gone. */
function sendBack(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("close", resolve);
  response.once("finish", resolve);
  response.writeHead(status, { ...headers }).end(body);
  return promise;
}
