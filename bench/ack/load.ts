import { connect, type Socket } from "node:net";

export interface LoadResult {
  readonly acksPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests that were answered 503 and sent again, each time counted. */
  readonly sentAgain: number;
}

/** After so many a 503 is no busy machine any more. */
const AGAIN_MAX = 10;

const RESPONSE_HEAD = /^HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n/;
const CONTENT_LENGTH = /content-length: (\d+)/i;

/**
 * Sends every request over that many keep-alive connections, one at a time on each, until it is acked: what a busy
 * machine stores too late is a 503, and a platform sends it again. Its time counts until the ack. Throws on anything else.
 */
export async function load(port: number, requests: readonly Buffer[], connections: number): Promise<LoadResult> {
  const queue = requests.values();
  const tookMs: number[] = [];
  const startedAt = performance.now();
  const again = await Promise.all(Array.from({ length: connections }, () => worker(port, queue, tookMs)));
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const sentAgain = again.reduce((sum, one) => sum + one, 0);
  return { acksPerSecond: requests.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), sentAgain };
}

async function worker(port: number, queue: Iterator<Buffer>, tookMs: number[]): Promise<number> {
  let sentAgain = 0;
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  for (let next = queue.next(); !next.done; next = queue.next()) {
    const sentAt = performance.now();
    let status = await exchange(socket, next.value);
    for (let times = 0; status === 503 && times < AGAIN_MAX; times++, sentAgain++) {
      status = await exchange(socket, next.value);
    }
    tookMs.push(performance.now() - sentAt);
    if (status !== 200) throw new Error(`answered ${status}, not 200`);
  }
  socket.destroy();
  return sentAgain;
}

/** Says so where a machine was too busy for some requests; else nothing. */
export function again(results: readonly Pick<LoadResult, "sentAgain">[]): string {
  const count = results.reduce((sum, { sentAgain }) => sum + sentAgain, 0);
  return count === 0 ? "" : `   ${count} answered 503 and sent again`;
}

/** One request, one answer, parsed as little as possible: the load must not be what is measured. */
function exchange(socket: Socket, request: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let text = "";
  const onData = (part: Buffer) => {
    text += part.toString("latin1");
    const head = RESPONSE_HEAD.exec(text);
    if (head === null) return;
    const bodyLength = Number(CONTENT_LENGTH.exec(head[0])?.[1] ?? 0);
    if (text.length < head[0].length + bodyLength) return;
    socket.off("data", onData);
    socket.off("error", reject);
    resolve(Number(head[1]));
  };
  socket.on("data", onData);
  socket.once("error", reject);
  socket.write(request);
  return promise;
}
