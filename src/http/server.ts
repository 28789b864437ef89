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
  cut(): void;
}

type Fetch = (request: Request) => Response | Promise<Response>;

/** A client that dawdles over its headers or its body is cut off before it can hold a connection for long. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
} as const;

const CONNECTIONS_MAX = 10_000;

export interface ListenAt {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** `gateway.upgrade`, where agents connect with a WebSocket. Default: nobody can. */
  readonly upgrade?: Upgrade;
}

/** Serves `fetch` on a socket. Throws `Misconfigured` when the address can't be had. */
export async function listen(fetch: Fetch, at: ListenAt): Promise<Listening> {
  const server = createAdaptorServer({ fetch, serverOptions: LIMITS }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
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
    cut: () => server.closeAllConnections(),
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
