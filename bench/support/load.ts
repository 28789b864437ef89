import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface LoadResult {
  readonly acksPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Number of retries after a 503. */
  readonly retries: number;
}

/** Maximum number of retries per request. */
const RETRIES_MAX = 10;

const RESPONSE_HEAD = /^HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n/;
const CONTENT_LENGTH = /content-length: (\d+)/i;

/**
 * Sends every request over that many keep-alive connections, one at a time on each, and retries a 503, as platforms do.
 * Latency is measured until the ack. Throws on any other status.
 */
export async function load(port: number, requests: readonly Buffer[], connections: number): Promise<LoadResult> {
  const queue = requests.values();
  const tookMs: number[] = [];
  const startedAt = performance.now();
  const retriesByConnection = await Promise.all(Array.from({ length: connections }, () => worker(port, queue, tookMs)));
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const retries = retriesByConnection.reduce((sum, one) => sum + one, 0);
  return { acksPerSecond: requests.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), retries };
}

async function worker(port: number, queue: Iterator<Buffer>, tookMs: number[]): Promise<number> {
  let retries = 0;
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  for (let next = queue.next(); !next.done; next = queue.next()) {
    const sentAt = performance.now();
    let status = await exchange(socket, next.value);
    for (let times = 0; status === 503 && times < RETRIES_MAX; times++, retries++) {
      status = await exchange(socket, next.value);
    }
    tookMs.push(performance.now() - sentAt);
    if (status !== 200) throw new Error(`answered ${status}, not 200`);
  }
  socket.destroy();
  return retries;
}

/** One request on a connection of its own. */
export async function exchangeOnce(port: number, request: Buffer): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  try {
    return await exchange(socket, request);
  } finally {
    socket.destroy();
  }
}

/** What came of each request, in their order. */
export interface PacedResult {
  /** Epoch ms, with fractions. */
  readonly dueAt: readonly number[];
  /** From when it was due until its ack. */
  readonly tookMs: readonly number[];
}

/**
 * Open loop: each request leaves at its time, on a connection that is free; if none is, it waits for one and the wait counts.
 * Throws on any status but 200.
 */
export async function loadAt(
  port: number,
  requests: readonly Buffer[],
  { perSecond, connections }: { readonly perSecond: number; readonly connections: number },
): Promise<PacedResult> {
  const startAt = performance.now() + 50;
  const dueIn = (index: number) => startAt + (index * 1_000) / perSecond;
  const queue = requests.entries();
  const tookMs = requests.map(() => 0);
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, "127.0.0.1");
      socket.setNoDelay(true);
      for (const [index, request] of queue) {
        const waitMs = dueIn(index) - performance.now();
        if (waitMs > 0) await pause(waitMs);
        const status = await exchange(socket, request);
        tookMs[index] = performance.now() - dueIn(index);
        if (status !== 200) throw new Error(`answered ${status}, not 200`);
      }
      socket.destroy();
    }),
  );
  return { dueAt: requests.map((_, index) => performance.timeOrigin + dueIn(index)), tookMs };
}

/** Report of the retries; empty without any. */
export function retryReport(results: readonly Pick<LoadResult, "retries">[]): string {
  const count = results.reduce((sum, { retries }) => sum + retries, 0);
  return count === 0 ? "" : `   ${count} retries after 503`;
}

/** One request and its answer, with minimal parsing, so that the client costs little. */
function exchange(socket: Socket, request: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let text = "";
  const onClose = () => reject(new Error("the connection was closed before the answer"));
  const onData = (part: Buffer) => {
    text += part.toString("latin1");
    const head = RESPONSE_HEAD.exec(text);
    if (head === null) return;
    const bodyLength = Number(CONTENT_LENGTH.exec(head[0])?.[1] ?? 0);
    if (text.length < head[0].length + bodyLength) return;
    socket.off("data", onData);
    socket.off("error", reject);
    socket.off("close", onClose);
    resolve(Number(head[1]));
  };
  socket.on("data", onData);
  socket.once("error", reject);
  socket.once("close", onClose);
  socket.write(request);
  return promise;
}
