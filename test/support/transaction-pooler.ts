/**
 * A pooler in front of a PostgreSQL, as pgbouncer with `pool_mode = transaction` is one: each client logs in, and from then
 * on has a session for one transaction at a time. Its sessions are those that its clients logged in with.
 */
import { connect, createServer, type Socket } from "node:net";
import { listenFor } from "./postgres-proxy.ts";

export interface TransactionPooler extends AsyncDisposable {
  /** The database's address by way of the pooler. */
  readonly url: string;
}

/** Which of its free sessions a pooler gives out: the one that was used last, or the one that has waited longest. */
export type Order = "last" | "longest";

const TERMINATE = "X".charCodeAt(0);
const READY_FOR_QUERY = "Z".charCodeAt(0);
const IDLE = "I".charCodeAt(0);

/** Calls back with each message of a PostgreSQL server: its type, and its last byte. */
function eachMessage(onMessage: (type: number, last: number | undefined) => void): (part: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (part) => {
    rest = Buffer.concat([rest, part]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = 1 + rest.readInt32BE(1);
      onMessage(rest.readUInt8(0), rest[end - 1]);
      rest = rest.subarray(end);
    }
  };
}

export async function transactionPooler(databaseUrl: string, order: Order): Promise<TransactionPooler> {
  const target = new URL(databaseUrl);
  const free: Socket[] = [];
  const clientOf = new Map<Socket, Socket>();
  const sockets = new Set<Socket>();

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  }

  function logIn(client: Socket): Socket {
    const session = connect(Number(target.port), target.hostname);
    keep(session);
    clientOf.set(session, client);
    const read = eachMessage((type, last) => {
      if (type !== READY_FOR_QUERY || last !== IDLE) return;
      clientOf.delete(session);
      free.push(session);
    });
    session.on("data", (part: Buffer) => {
      clientOf.get(session)?.write(part);
      read(part);
    });
    return session;
  }

  function sessionOf(client: Socket): Socket | undefined {
    const held = [...clientOf].find(([, one]) => one === client)?.[0];
    if (held !== undefined) return held;
    const session = order === "last" ? free.pop() : free.shift();
    if (session !== undefined) clientOf.set(session, client);
    return session;
  }

  const server = createServer((client) => {
    keep(client);
    logIn(client);
    client.on("data", (part: Buffer) => {
      if (part[0] === TERMINATE) client.end();
      else sessionOf(client)?.write(part);
    });
  });
  const url = await listenFor(server, databaseUrl);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      const { promise, resolve: closed } = Promise.withResolvers<void>();
      server.close(() => closed());
      for (const socket of sockets) socket.destroy();
      await promise;
    },
  };
}
