import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, request as post } from "undici";
import { CHANNELS } from "../channels/index.ts";
import type { LineSimulator, LineSimulatorOptions } from "../channels/line/simulator.ts";
import type {
  Addressed,
  DeliverWebhook,
  Outside,
  SimulatedPlatform,
  SimulatorModel,
} from "../channels/simulation/platform.ts";
import type { WhatsAppSimulator, WhatsAppSimulatorOptions } from "../channels/whatsapp/simulator.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { type Random, systemRandom } from "../runtime/random.ts";
import { readUpTo } from "../runtime/read-up-to.ts";
import { ChangeStream } from "./change-stream.ts";
import { type Control, createControl, refusal } from "./control-api.ts";

type Own = "clock" | "random" | "deliver" | "webhookUrl";

/** Options of every simulator server. */
export interface HostOptions {
  /** URL for webhooks. Can be set later: by `webhookUrl`, by the control API, or by the platform's API. */
  readonly webhookUrl?: string;
  /** Listen address. Default `127.0.0.1`. The control API has no authentication and answers on loopback names only. */
  readonly host?: string;
  /** Default 0: a free port. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface LineHostOptions extends HostOptions {
  /** Options of the LINE simulator: secret, access token, redelivery, quota … */
  readonly line: Omit<LineSimulatorOptions, Own>;
}

export interface WhatsAppHostOptions extends HostOptions {
  /** Options of the WhatsApp simulator: secret, access token, statuses, rates … */
  readonly whatsapp: Omit<WhatsAppSimulatorOptions, Own>;
}

export interface Hosted extends AsyncDisposable {
  /** Base URL of the API; the control API is under `/_simulator/…`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface RunningLine extends Hosted {
  readonly line: LineSimulator;
}

export interface RunningWhatsApp extends Hosted {
  readonly whatsapp: WhatsAppSimulator;
}

const CONTROL = "/_simulator/";
const CONTROL_HEADERS = { "content-type": "application/json", "x-content-type-options": "nosniff" };
const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** Starts the LINE simulator as an HTTP server, which posts webhooks. */
export async function startLine({ line: own, ...options }: LineHostOptions): Promise<RunningLine> {
  const { simulate, commands, views } = CHANNELS.line;
  const { model, ...hosted } = await hostPlatform(options, (outside) => {
    const platform = simulate({ ...own, ...outside });
    return { platform, commands: commands(platform), views: views(platform) };
  });
  return { line: model.platform, ...hosted };
}

/** Starts the WhatsApp simulator as an HTTP server. */
export async function startWhatsApp({ whatsapp: own, ...options }: WhatsAppHostOptions): Promise<RunningWhatsApp> {
  const { simulate, commands, views } = CHANNELS.whatsapp;
  const { model, ...hosted } = await hostPlatform(options, (outside) => {
    const platform = simulate({ ...own, ...outside });
    return { platform, commands: commands(platform), views: views(platform) };
  });
  return { whatsapp: model.platform, ...hosted };
}

type Model<P> = Pick<SimulatorModel, "commands" | "views"> & { readonly platform: P };

/** Runs a simulated platform as an HTTP server. */
export async function hostPlatform<P extends Addressed, M extends Model<P>>(
  options: HostOptions,
  create: (outside: Outside) => M & Model<P>,
): Promise<Hosted & { readonly model: M }> {
  const { host = "127.0.0.1", port = 0, clock = systemClock(), random = systemRandom() } = options;
  const client = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const model: M & Model<P> = create({
    clock,
    random,
    webhookUrl: options.webhookUrl ?? null,
    deliver: (...webhook) => postWebhook(client, model.platform.webhookUrl, webhook),
  });
  const { platform } = model;
  const parts = { platform, control: createControl(model), stream: new ChangeStream(platform.changes) };
  const server = createServer((request, response) => {
    void answer(parts, request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  const url = await listen(server, host, port);
  const close = async () => {
    platform.close();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, client.destroy()]);
  };
  return { model, url, close, [Symbol.asyncDispose]: close };
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

interface Parts {
  readonly platform: SimulatedPlatform;
  readonly control: Control;
  readonly stream: ChangeStream;
}

async function answer(
  { platform, control, stream }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", url: path = "/" } = request;
  const isControl = path.startsWith(CONTROL);
  const refused = isControl ? refusal({ method, headers: request.headers }) : null;
  if (refused !== null) {
    // Its body isn't read.
    const headers = { ...CONTROL_HEADERS, connection: "close" };
    response.writeHead(refused.status, headers).end(JSON.stringify(refused.body));
    return;
  }
  const body = await readUpTo(request, BODY_LIMIT_BYTES);
  if (body === null) throw new Error("the request body is too large");
  if (isControl) {
    const asked = { method, path: path.slice(CONTROL.length), body };
    if (method === "GET" && asked.path === "stream") return stream.open(response);
    const result = await control(asked);
    response.writeHead(result.status, CONTROL_HEADERS).end(JSON.stringify(result.body));
    return;
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const result = await platform.handle({ method, path, headers, body });
  if (result === "disconnect") request.socket.destroy();
  else response.writeHead(result.status, { ...result.headers }).end(result.bytes ?? result.body);
}
