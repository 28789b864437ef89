import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Upgrade } from "../agents/socket.ts";
import { Misconfigured } from "../core/errors.ts";
import { offersWebSocket } from "./upgrade.ts";

export interface Listening {
  readonly url: string;
  /** Accepts no new connection and resolves when the open ones have ended. */
  close(): Promise<void>;
  closeConnections(): void;
}

export type Fetch = (request: Request) => Response | Promise<Response>;

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTIONS_MAX = 10_000;

const LIMITS = {
  // Longer than a load balancer's idle timeout (usually 60 s): the client must close first.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
} as const;

export interface ListenAt {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `gateway.upgrade`, for agents that connect with a WebSocket. Default: no upgrades. */
  readonly upgrade?: Upgrade;
  /**
   * Time limit for a request's headers and body, in ms; 10 s at most for the headers. Default 15 000.
   */
  readonly requestTimeoutMs?: number;
  /** Maximum number of open connections; further ones are closed at once. Default 10 000. */
  readonly connectionsMax?: number;
}

/** Serves `fetch` over HTTP. Throws `Misconfigured` when it can't listen there. */
export async function listen(fetch: Fetch, at: ListenAt): Promise<Listening> {
  const { requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS, connectionsMax = CONNECTIONS_MAX } = at;
  const headersTimeout = Math.min(HEADERS_TIMEOUT_MS, requestTimeout);
  // Any other request is answered as HTTP/1.1. Needs Node 24.9; before it an offer of another protocol gets 400.
  const serverOptions = { ...LIMITS, headersTimeout, requestTimeout, shouldUpgradeCallback: offersWebSocket };
  const server = createAdaptorServer({ fetch, serverOptions }) as Server;
  server.maxConnections = connectionsMax;
  if (at.upgrade !== undefined) server.on("upgrade", at.upgrade);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, at)));
  server.listen(at.port, at.host, () => resolve());
  await promise;
  const { address, port } = server.address() as AddressInfo;
  const host = address.includes(":") ? `[${address}]` : address;
  return {
    url: `http://${host}:${port}`,
    close: () => {
      const { promise: closed, resolve: done } = Promise.withResolvers<void>();
      server.close(() => done());
      server.closeIdleConnections();
      return closed;
    },
    closeConnections: () => server.closeAllConnections(),
  };
}

function cannotListen(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  const why: Record<string, string> = {
    EADDRINUSE: "the port is in use: stop the other program or choose another port",
    EACCES: "this user may not use that port: choose one above 1023",
    EADDRNOTAVAIL: "this machine doesn't have that address: choose another host",
  };
  return new Misconfigured(`can't listen on ${host}:${port}: ${why[error.code ?? ""] ?? error.message}`);
}
