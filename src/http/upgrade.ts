import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { AgentSocket, SocketDoor, Upgrade } from "../agents/socket.ts";
import { bearerOf } from "../agents/token.ts";
import type { Clock } from "../runtime/clock.ts";
import { type Log, reasonOf } from "../runtime/log.ts";

/** How often a connection is asked whether it is alive, in ms. One that doesn't answer by the next time is ended. */
const PING_MS = 15_000;

/** How long a connection has to say goodbye at the end, in ms. */
const GOODBYE_MS = 500;

export interface Upgrades {
  readonly upgrade: Upgrade;
  /** Ends what the doors left open. */
  close(): Promise<void>;
}

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly isWorking: () => boolean;
}

/** The WebSocket side of the public port: each door under its path, with its own frame limit. */
export function createUpgrades(doors: readonly SocketDoor[], parts: Parts): Upgrades {
  const sockets = new Set<WebSocket>();
  const served = new Map(
    doors.map((door) => [
      door.path,
      {
        door,
        server: new WebSocketServer({ noServer: true, maxPayload: door.frameLimitBytes, perMessageDeflate: false }),
      },
    ]),
  );

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = URL.parse(request.url ?? "/", "http://gateway");
    const found = served.get(url?.pathname ?? "");
    if (url === null || found === undefined) {
      refuse(socket, "404 Not Found");
      return;
    }
    if (!parts.isWorking()) {
      refuse(socket, "503 Service Unavailable");
      return;
    }
    const knock = { query: url.searchParams, bearer: bearerOf(request.headers.authorization) };
    if (!found.door.admits(knock)) {
      parts.log.warn({ path: url.pathname }, "agent refused: its token is missing or wrong");
      refuse(socket, "401 Unauthorized");
      return;
    }
    found.server.handleUpgrade(request, socket, head, (client) => {
      sockets.add(client);
      client.once("close", () => sockets.delete(client));
      serve(client, found.door, knock, parts);
    });
  }

  return {
    upgrade,
    async close() {
      const ended = [...sockets].map((client) => untilClosed(client));
      const cancel = parts.clock.after(GOODBYE_MS, () => {
        for (const client of sockets) client.terminate();
      });
      await Promise.all(ended);
      cancel();
    },
  };
}

function serve(client: WebSocket, door: SocketDoor, knock: Parameters<SocketDoor["open"]>[1], parts: Parts): void {
  const listener = door.open(socketOf(client), knock);
  const stopPings = keepAsking(client, parts.clock);
  client.on("message", (content, isBinary) => {
    if (isBinary) listener.onBinary();
    else listener.onText(String(content));
  });
  // A frame over the limit, a broken one: the library answers with the right close code, and "close" follows.
  client.on("error", (error) => parts.log.warn({ path: door.path, reason: reasonOf(error) }, "agent's socket failed"));
  client.once("close", () => {
    stopPings();
    listener.onClose();
  });
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

/** A peer that vanished without a word is found by its silence. */
function keepAsking(client: WebSocket, clock: Clock): () => void {
  let isAlive = true;
  let cancel = () => {};
  client.on("pong", () => {
    isAlive = true;
  });
  const ask = () => {
    if (!isAlive) {
      client.terminate();
      return;
    }
    isAlive = false;
    client.ping();
    cancel = clock.after(PING_MS, ask);
  };
  cancel = clock.after(PING_MS, ask);
  return () => cancel();
}

function untilClosed(client: WebSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (client.readyState === WebSocket.CLOSED) resolve();
  client.once("close", () => resolve());
  return promise;
}

function refuse(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
