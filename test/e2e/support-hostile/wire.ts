/** A client without manners: bytes on a socket, in pieces, at its own pace. */
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** What a hostile client does on its connection. */
export interface Act {
  readonly pieces: readonly Uint8Array[];
  /** Between two pieces, in ms. */
  readonly everyMs?: number;
  /**
   * `wait`: reads what comes until the server hangs up or has answered. `end`: says first that it has nothing more to say.
   * `disconnect`: is gone at once. `hold`: reads until the server hangs up, whatever it has answered.
   */
  readonly ending: "wait" | "end" | "disconnect" | "hold";
}

export interface Outcome {
  /** The codes of all answers on the connection, in order. */
  readonly statuses: readonly number[];
  /** Nothing came, and nobody hung up. */
  readonly hung: boolean;
}

/** A server that neither answers nor hangs up for so long has forgotten the client. */
const FORGOTTEN_MS = 60_000;

export async function perform(url: string, act: Act): Promise<Outcome> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  let received = "";
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const { promise: answered, resolve: heard } = Promise.withResolvers<void>();
  socket.setEncoding("latin1").on("data", (part: string) => {
    received += part;
    if (isAnswer(received)) heard();
  });
  // Reset while it still speaks: that is an answer, too.
  socket.on("error", () => undefined);
  // The server has no more to say: nor has this client, or neither would ever hang up.
  socket.on("end", () => socket.end());
  socket.on("close", () => resolve());
  for (const piece of act.pieces) {
    if (!socket.writable) break;
    socket.write(piece);
    if (act.everyMs !== undefined) await Promise.race([wait(act.everyMs), closed]);
  }
  if (act.ending === "disconnect") {
    socket.destroy();
    return { statuses: [], hung: false };
  }
  if (act.ending === "end") socket.end();
  const awaited = act.ending === "wait" ? [closed, answered] : [closed];
  const forgotten = new AbortController();
  const inVain = wait(FORGOTTEN_MS, true, { signal: forgotten.signal }).catch(() => false);
  const hung = await Promise.race([Promise.race(awaited).then(() => false), inVain]);
  forgotten.abort();
  socket.destroy();
  return { statuses: statusesIn(received), hung };
}

/** A head that is no `100 Continue`. What comes behind it is nobody's business here. */
function isAnswer(received: string): boolean {
  return received.includes("\r\n\r\n") && statusesIn(received).some((status) => status !== 100);
}

function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code));
}
