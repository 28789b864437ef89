import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, request as post } from "undici";
import { CHANNELS } from "../channels/index.ts";
import type { LineSimulator, LineSimulatorOptions } from "../channels/line/simulator.ts";
import { type Chance, systemChance } from "../runtime/chance.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { BadCommand, type Command, type DeliverWebhook, type SimulatedPlatform } from "./platform.ts";

type Own = "clock" | "chance" | "deliver" | "webhookUrl";

export interface SimulatorOptions {
  /** LINE's side: secret, access token, redelivery, quota … */
  readonly line: Omit<LineSimulatorOptions, Own>;
  /** Where webhooks go. May be set later: by `line.webhookUrl`, by the control API, or by LINE's own API. */
  readonly webhookUrl?: string;
  /** Default `127.0.0.1`. Whoever can reach it can use the control API, which asks for nothing. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly chance?: Chance;
}

export interface RunningSimulator extends AsyncDisposable {
  /** The API's address, and with `/_simulator/…` the control API's. */
  readonly url: string;
  readonly line: LineSimulator;
  close(): Promise<void>;
}

const CONTROL = "/_simulator/";
const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** The platforms' side of the wire behind a real socket: the API, and webhooks that are really posted. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const { host = "127.0.0.1", port = 0, clock = systemClock(), chance = systemChance() } = options;
  const client = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const line: LineSimulator = CHANNELS.line.simulate({
    ...options.line,
    clock,
    chance,
    webhookUrl: options.webhookUrl ?? null,
    deliver: (...webhook) => postWebhook(client, line.webhookUrl, webhook),
  });
  const control = createControl(CHANNELS.line.commands(line), CHANNELS.line.views(line));
  const server = createServer((request, response) => {
    void answer(line, control, request, response).catch(() => response.destroy());
  });
  // A test may pause between two calls for longer than Node's own 5 s.
  server.keepAliveTimeout = 60_000;
  const url = await listen(server, host, port);
  const close = async () => {
    line.close();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, client.destroy()]);
  };
  return { url, line, close, [Symbol.asyncDispose]: close };
}

async function postWebhook(
  client: Agent,
  url: string | null,
  [body, headers, signal]: Parameters<DeliverWebhook>,
): Promise<number> {
  if (url === null) throw new Error("no webhook URL is set");
  const response = await post(url, { method: "POST", headers: { ...headers }, body, signal, dispatcher: client });
  await response.body.dump();
  return response.statusCode;
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  await promise;
  const address = server.address() as AddressInfo;
  return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}

type Control = (method: string, path: string, body: Uint8Array) => Promise<{ status: number; body: unknown }>;

async function answer(
  platform: SimulatedPlatform,
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", url: path = "/" } = request;
  const body = await readBody(request);
  if (path.startsWith(CONTROL)) {
    const result = await control(method, path.slice(CONTROL.length), body);
    response.writeHead(result.status, { "content-type": "application/json" }).end(JSON.stringify(result.body));
    return;
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const result = await platform.handle({ method, path, headers, body });
  if (result === "cut") request.socket.destroy();
  else response.writeHead(result.status, { ...result.headers }).end(result.bytes ?? result.body);
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error("the request body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `POST <command>` with a JSON body, `GET <view>` or `GET <view>/<argument>`. */
function createControl(
  commands: Readonly<Record<string, Command>>,
  views: Readonly<Record<string, (argument: string) => unknown>>,
): Control {
  return async (method, path, body) => {
    const [name = "", ...rest] = (path.split("?", 1)[0] ?? "").split("/").map(decodeURIComponent);
    try {
      if (method === "GET" && Object.hasOwn(views, name)) {
        return { status: 200, body: await views[name]?.(rest.join("/")) };
      }
      if (method === "POST" && Object.hasOwn(commands, name)) {
        return { status: 200, body: await commands[name]?.(parseJson(body)) };
      }
      const known = [...Object.keys(views).map((view) => `GET ${view}`), ...Object.keys(commands)].join(", ");
      return { status: 404, body: { message: `no ${method} ${name}; there are ${known}` } };
    } catch (error) {
      if (error instanceof BadCommand) return { status: 400, body: { message: error.message } };
      throw error;
    }
  };
}

function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new BadCommand("the body is not JSON");
  }
}
