import type { Socket } from "node:net";
import { buildConnector } from "undici";

/** The status line of a `100 Continue`, as far as it is always the same. */
const CONTINUE = Buffer.from("HTTP/1.1 100 ", "latin1");
const HEAD_END = "\r\n\r\n";
const LAST_DIGIT = CONTINUE.length - 2;

/**
 * A connector for requests with a body. A proxy may answer such a one with `100 Continue` before the final answer, and a
 * client must take it though it didn't ask for it (RFC 9110 §15.2). undici skips every informational answer but that one, at
 * which it gives up the connection: so its parser reads a 103.
 */
export function httpConnect(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) =>
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error === null) renameContinue(socket);
      callback(...result);
    });
}

function renameContinue(socket: Socket): void {
  const read = socket.read.bind(socket);
  /** What had been written when the last answer began: until more is, what comes is the rest of that answer. */
  let answeredAt = 0;
  socket.read = (size) => {
    const chunk: unknown = read(size);
    if (!Buffer.isBuffer(chunk) || socket.bytesWritten === answeredAt) return chunk;
    if (!beginsFinalAnswer(chunk)) return chunk;
    answeredAt = socket.bytesWritten;
    return chunk;
  };
}

/** Renames each `100` at the beginning. True if something else comes behind them. */
function beginsFinalAnswer(chunk: Buffer): boolean {
  let at = 0;
  while (chunk.subarray(at, at + CONTINUE.length).equals(CONTINUE)) {
    chunk.write("3", at + LAST_DIGIT, "latin1");
    const end = chunk.indexOf(HEAD_END, at);
    if (end === -1) return false;
    at = end + HEAD_END.length;
  }
  return at < chunk.length;
}
