import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Upgrade } from "../agents/socket.ts";
import { Misconfigured } from "../core/errors.ts";

export interface Listening {
  readonly url: string;
  /** Takes no new connection and resolves when those there are have ended. */
  close(): Promise<void>;
  /** Ends every connection at once. */
  closeConnections(): void;
}

type Fetch = (request: Request) => Response | Promise<Response>;

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTIONS_MAX = 10_000;

const LIMITS = {
  // Longer than a load balancer keeps an idle connection (60 s is usual): it must be the one who hangs up.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
} as const;

export interface ListenAt {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** `gateway.upgrade`, where agents connect with a WebSocket. Default: nobody can. */
  readonly upgrade?: Upgrade;
  /**
   * A client that dawdles over its headers and body for longer (ms) is cut off. Its headers have 10 s at most. Default
   * 15 000.
   */
  readonly requestTimeoutMs?: number;
  /** One more connection than so many is closed at once. Default 10 000. */
  readonly connectionsMax?: number;
}

/** Serves `fetch` on a socket. Throws `Misconfigured` when the address can't be had. */
export async function listen(fetch: Fetch, at: ListenAt): Promise<Listening> {
  const { requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS, connectionsMax = CONNECTIONS_MAX } = at;
  const headersTimeout = Math.min(HEADERS_TIMEOUT_MS, requestTimeout);
  const serverOptions = { ...LIMITS, headersTimeout, requestTimeout };
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
    EADDRINUSE: "another program listens there: stop it or choose another port",
    EACCES: "this user may not use that port: choose one above 1023",
    EADDRNOTAVAIL: "this machine has no such address",
  };
  return new Misconfigured(`can't listen on ${host}:${port}: ${why[error.code ?? ""] ?? error.message}`);
}
