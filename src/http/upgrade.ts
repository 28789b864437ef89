import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { AgentSocket, SocketEndpoint, SocketListener, Upgrade, UpgradeRequest } from "../agents/socket.ts";
import { bearerOf } from "../runtime/bearer-token.ts";
import { type Clock, every } from "../runtime/clock.ts";
import { type Log, reasonOf } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { ClientAddresses } from "./client-address.ts";
import type { RateLimit } from "./rate-limit.ts";

/** Interval of pings, in ms. A connection without a pong until the next ping is terminated. */
const PING_MS = 15_000;

/** Time limit of the closing handshake, in ms. */
const CLOSE_TIMEOUT_MS = 500;

export interface Upgrades {
  readonly upgrade: Upgrade;
  close(): Promise<void>;
}

/**
 * Whether it asks for a WebSocket. An offer of another protocol, as `h2c` by Java's client, may be ignored (RFC 9110 §7.8).
 */
export function offersWebSocket({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/** Maximum number of connections without a hello: each may buffer a frame of 2 MiB. */
const ANONYMOUS_MAX = 32;

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clientAddresses: ClientAddresses;
  readonly rateLimit: RateLimit;
  readonly isWorking: () => boolean;
}

interface Admitted {
  readonly server: WebSocketServer;
  readonly endpoint: SocketEndpoint;
  readonly upgradeRequest: UpgradeRequest;
}

/** WebSocket upgrades of the public port: each endpoint at its path, with its frame limit. */
export function createUpgrades(endpoints: readonly SocketEndpoint[], parts: Parts): Upgrades {
  const sockets = new Map<WebSocket, SocketListener>();
  const served = new Map(
    endpoints.map((endpoint) => [
      endpoint.path,
      {
        endpoint,
        server: new WebSocketServer({ noServer: true, maxPayload: endpoint.frameLimitBytes, perMessageDeflate: false }),
      },
    ]),
  );

  /** The endpoint, or the status line of a refusal. */
  function authorize(request: IncomingMessage, clientAddress: string | null): Admitted | string {
    const { rateLimit, metrics, log } = parts;
    // Node before 24.9 hands every offer of a protocol over. 404 would be the reply API's word for an unknown turn.
    if (!offersWebSocket(request)) return "400 Bad Request";
    const waitS = rateLimit.waitS(clientAddress);
    if (waitS !== null) {
      metrics.requestsRejected.inc({ reason: "rate-limit" });
      return `429 Too Many Requests\r\nRetry-After: ${waitS}`;
    }
    const url = URL.parse(request.url ?? "/", "http://gateway");
    const found = served.get(url?.pathname ?? "");
    if (url === null || found === undefined) {
      rateLimit.refused(clientAddress);
      return "404 Not Found";
    }
    if (!parts.isWorking()) return "503 Service Unavailable";
    const upgradeRequest = { query: url.searchParams, bearer: bearerOf(request.headers.authorization) };
    if (!found.endpoint.admits(upgradeRequest)) {
      rateLimit.refused(clientAddress);
      log.warn({ path: url.pathname }, "agent refused: its token is missing or wrong");
      return "401 Unauthorized";
    }
    return { ...found, upgradeRequest };
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const clientAddress = parts.clientAddresses.nameOf(request);
    const verdict = authorize(request, clientAddress);
    if (typeof verdict === "string") {
      refuse(socket, verdict);
      return;
    }
    const { server, endpoint, upgradeRequest } = verdict;
    server.handleUpgrade(request, socket, head, (client) => {
      if (!(endpoint.isAuthenticated?.(upgradeRequest) ?? true)) makeRoom(sockets, parts);
      const listener = serve(client, endpoint, upgradeRequest, parts);
      sockets.set(client, listener);
      client.once("close", () => {
        sockets.delete(client);
        // One that never said hello counts against its address.
        if (listener.isAnonymous) parts.rateLimit.refused(clientAddress);
      });
    });
  }

  return {
    upgrade,
    async close() {
      const ended = [...sockets.keys()].map((client) => untilClosed(client));
      const cancel = parts.clock.after(CLOSE_TIMEOUT_MS, () => {
        for (const client of sockets.keys()) client.terminate();
      });
      await Promise.all(ended);
      cancel();
    },
  };
}

/** The oldest stranger makes room: a client that means it says hello at once, and the newest must not be kept out. */
function makeRoom(sockets: ReadonlyMap<WebSocket, SocketListener>, { metrics, clock }: Parts): void {
  // In the order in which they connected.
  const strangers = [...sockets].filter(
    ([client, { isAnonymous }]) => isAnonymous && client.readyState === WebSocket.OPEN,
  );
  const [oldest] = strangers;
  if (oldest === undefined || strangers.length < ANONYMOUS_MAX) return;
  const [client, listener] = oldest;
  metrics.requestsRejected.inc({ reason: "connections" });
  // A hello that comes now is too late.
  listener.onClose();
  client.close(4408, "no hello came, and others wait");
  clock.after(CLOSE_TIMEOUT_MS, () => client.terminate());
}

function serve(
  client: WebSocket,
  endpoint: SocketEndpoint,
  upgradeRequest: UpgradeRequest,
  parts: Parts,
): SocketListener {
  const listener = endpoint.open(socketOf(client), upgradeRequest);
  const stopPings = keepPinging(client, parts.clock);
  client.on("message", (content, isBinary) => {
    if (isBinary) listener.onBinary();
    else listener.onText(String(content));
  });
  // A frame over the limit or invalid: the library sends the close code, and "close" follows.
  client.on("error", (error) =>
    parts.log.warn({ path: endpoint.path, reason: reasonOf(error) }, "agent's socket failed"),
  );
  client.once("close", () => {
    stopPings();
    listener.onClose();
  });
  return listener;
}

function socketOf(client: WebSocket): AgentSocket {
  return {
    send: (text) => {
      if (client.readyState === WebSocket.OPEN) client.send(text);
    },
    close: (code, reason) => client.close(code, reason),
    get waitingBytes() {
      return client.bufferedAmount;
    },
  };
}

function keepPinging(client: WebSocket, clock: Clock): () => void {
  let isAlive = true;
  client.on("pong", () => {
    isAlive = true;
  });
  return every(clock, PING_MS, () => {
    if (!isAlive) return client.terminate();
    isAlive = false;
    client.ping();
  });
}

function untilClosed(client: WebSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (client.readyState === WebSocket.CLOSED) resolve();
  client.once("close", () => resolve());
  return promise;
}

function refuse(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  // Otherwise a half-open connection would stay if the client never closes its side.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
