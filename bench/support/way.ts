/** Measures a message's whole way through a program: from the webhook to the reply call that the platform took. */
import { exchangeOnce, load, loadAt } from "./load.ts";
import type { PlatformAndBot } from "./platform-and-bot.ts";
import type { Program } from "./program.ts";
import { median, quantile } from "./statistics.ts";
import { signedBursts, signedRequests, tokenOf } from "./webhooks.ts";

const CONNECTIONS = 64;

export interface Load {
  /** Messages a second. */
  readonly perSecond: number;
  /** Processor time of the program, a message. */
  readonly processorMs: number;
}

/** As fast as the program acks, over 64 connections, until the last reply. */
export async function atOnce(program: Program, fakes: PlatformAndBot, count: number, id: string): Promise<Load> {
  const { port } = program;
  const requests = signedRequests(count, id, port);
  await fakes.reset();
  const before = await program.processorMs();
  const startedAt = performance.now();
  await load(port, requests, CONNECTIONS);
  await fakes.replied(count);
  const tookMs = performance.now() - startedAt;
  return { perSecond: count / (tookMs / 1_000), processorMs: ((await program.processorMs()) - before) / count };
}

/** As `atOnce`, until the last message is answered: each person writes so many, and one reply may answer them all. */
export async function bursts(
  program: Program,
  fakes: PlatformAndBot,
  { count, ofEach }: { readonly count: number; readonly ofEach: number },
  id: string,
): Promise<Load & { readonly replies: number }> {
  const { port } = program;
  const requests = signedBursts(count, id, port, ofEach);
  await fakes.reset();
  const before = await program.processorMs();
  const startedAt = performance.now();
  await load(port, requests, CONNECTIONS);
  await fakes.answered(count);
  const tookMs = performance.now() - startedAt;
  const { replied, pushed } = await fakes.seen();
  const processorMs = ((await program.processorMs()) - before) / count;
  return { perSecond: count / (tookMs / 1_000), processorMs, replies: replied + pushed };
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const latencyOf = (ways: readonly number[]): Latency => ({ p50Ms: median(ways), p99Ms: quantile(ways, 0.99) });
const now = () => performance.timeOrigin + performance.now();

/** One message at a time: the next webhook leaves when the reply has come. */
export async function oneByOne({ port }: Program, fakes: PlatformAndBot, count: number, id: string): Promise<Latency> {
  const ways: number[] = [];
  for (const [index, request] of signedRequests(count, id, port).entries()) {
    await fakes.reset();
    const sentAt = now();
    await exchangeOnce(port, request);
    await fakes.replied(1);
    const [repliedAt] = Object.values((await fakes.times()).times);
    if (repliedAt === undefined) throw new Error(`message ${index} has no reply`);
    ways.push(repliedAt - sentAt);
  }
  return latencyOf(ways);
}

/** Open loop: webhooks leave at that rate, whatever comes back, and each way counts from when its webhook was due. */
export async function atRate(
  { port }: Program,
  fakes: PlatformAndBot,
  { perSecond, count }: { readonly perSecond: number; readonly count: number },
  id: string,
): Promise<Latency> {
  await fakes.reset();
  const { dueAt } = await loadAt(port, signedRequests(count, id, port), { perSecond, connections: CONNECTIONS });
  await fakes.replied(count);
  const { times } = await fakes.times();
  const ways = dueAt.map((due, index) => (times[tokenOf(index, id)] ?? Number.NaN) - due);
  return latencyOf(ways);
}
