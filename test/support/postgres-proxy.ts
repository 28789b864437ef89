/** A wire between a store and its database that can be disconnected at the worst moment: around a COMMIT. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** `before`: the server never gets the next COMMIT. `after`: it does, and its answer is lost. */
export type DisconnectPoint = "before" | "after";

export interface Wire extends AsyncDisposable {
  /** The database's address by way of this wire. */
  readonly url: string;
  /** Disconnects once, at the next COMMIT, and says so. */
  disconnectAtCommit(at: DisconnectPoint, onDisconnect?: () => void): void;
  /** Who is through is cut off; others may come. */
  disconnectAll(): void;
  /** Nobody gets through, and who was through is cut off. */
  close(): Promise<void>;
}

export async function wireTo(databaseUrl: string): Promise<Wire> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let next: DisconnectPoint | null = null;
  let tell = () => {};

  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname);
    let isDisconnected = false;
    const disconnect = () => {
      isDisconnected = true;
      client.destroy();
      // What it got before it still does, as after a cable was pulled.
      database.end();
    };
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (part: Buffer) => {
      const at = next !== null && part.includes("COMMIT\0") ? next : null;
      if (at !== null) {
        next = null;
        tell();
      }
      if (at === "before") return disconnect();
      database.write(part);
      if (at === "after") disconnect();
    });
    database.on("data", (part: Buffer) => {
      if (!isDisconnected) client.write(part);
    });
    client.on("close", () => database.end());
    database.on("close", () => client.destroy());
  });
  const url = await listenFor(server, databaseUrl);

  function disconnectAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  async function close(): Promise<void> {
    const { promise, resolve: closed } = Promise.withResolvers<void>();
    server.close(() => closed());
    disconnectAll();
    await promise;
  }
  return {
    url: url.href,
    disconnectAtCommit(at, onDisconnect = () => {}) {
      next = at;
      tell = onDisconnect;
    },
    disconnectAll,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Listens on a free port. Resolves to the database's address at that port. */
export async function listenFor(server: Server, databaseUrl: string): Promise<URL> {
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return url;
}
