/**
 * `npm run bench:way`: a message's whole way, from the webhook to the reply call that the platform took, beside the limit
 * (`bench/limit`), in one run. Contenders take turns for several rounds, each with a new file; medians are compared. Load,
 * platform, bot and gateway share this machine.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "../support/load.ts";
import { type PlatformAndBot, startPlatformAndBot } from "../support/platform-and-bot.ts";
import { type Program, startProgram } from "../support/program.ts";
import { median, quantile, spread, table } from "../support/statistics.ts";
import { signedRequests } from "../support/webhooks.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 8_000);
const WARM_UP = 2_000;
const CONNECTIONS = 64;
/** One at a time, for the latency. */
const SINGLE = 300;

interface Contender {
  readonly name: string;
  start(file: string, fakes: PlatformAndBot): Promise<Program>;
}

const TURNPIKE = new URL("./turnpike.ts", import.meta.url);
const LIMIT = new URL("../limit/limit.ts", import.meta.url);
const CONTENDERS: readonly Contender[] = [
  {
    name: "limit, HTTP bot",
    start: (file, { platformUrl, botUrl }) => startProgram(LIMIT, [file, platformUrl, botUrl]),
  },
  {
    name: "turnpike, HTTP bot",
    start: (file, { platformUrl, botUrl }) => startProgram(TURNPIKE, [file, platformUrl, botUrl]),
  },
  {
    name: "turnpike, bot in process",
    start: (file, { platformUrl }) => startProgram(TURNPIKE, [file, platformUrl, ""]),
  },
];

interface Result {
  readonly perSecond: number;
  /** Processor time of the program, a message. */
  readonly processorMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly pushed: number;
}

async function round(contender: Contender, fakes: PlatformAndBot, id: string): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "turnpike-bench-"));
  try {
    await using program = await contender.start(join(folder, "bench.db"), fakes);
    await burst(program, fakes, WARM_UP, `w${id}`);
    const before = await program.processorMs();
    const tookMs = await burst(program, fakes, MESSAGES, `r${id}`);
    const processorMs = ((await program.processorMs()) - before) / MESSAGES;
    const { pushed } = await fakes.seen();
    const ways = await oneByOne(program, fakes, `s${id}`);
    return {
      perSecond: MESSAGES / (tookMs / 1_000),
      processorMs,
      p50Ms: median(ways),
      p99Ms: quantile(ways, 0.99),
      pushed,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From the first webhook to the last reply. */
async function burst({ port }: Program, fakes: PlatformAndBot, count: number, id: string): Promise<number> {
  const requests = signedRequests(count, id, port);
  await fakes.reset();
  const startedAt = performance.now();
  await load(port, requests, CONNECTIONS);
  await fakes.replied(count);
  return performance.now() - startedAt;
}

/** From each webhook to its reply call, one at a time. */
async function oneByOne({ port }: Program, fakes: PlatformAndBot, id: string): Promise<number[]> {
  const ways: number[] = [];
  for (const [index, request] of signedRequests(SINGLE, id, port).entries()) {
    await fakes.reset();
    const sentAt = performance.timeOrigin + performance.now();
    await load(port, [request], 1);
    await fakes.replied(1);
    const [repliedAt] = Object.values((await fakes.times()).times);
    if (repliedAt === undefined) throw new Error(`message ${index} has no reply`);
    ways.push(repliedAt - sentAt);
  }
  return ways;
}

const results = new Map<string, Result[]>(CONTENDERS.map(({ name }) => [name, []]));
await using fakes = await startPlatformAndBot();
for (let index = 0; index < ROUNDS; index++) {
  for (const contender of CONTENDERS) {
    const result = await round(contender, fakes, `${index}`);
    results.get(contender.name)?.push(result);
    console.log(`round ${index + 1}/${ROUNDS}: ${contender.name}: ${result.perSecond.toFixed(0)} messages/s`);
  }
}
const limit = results.get(CONTENDERS[0]?.name ?? "") ?? [];
const rows = [...results].map(([name, of]) => {
  const ratios = of.map((one, index) => one.perSecond / (limit[index]?.perSecond ?? Number.NaN));
  return [
    name,
    spread(of.map(({ perSecond }) => perSecond)),
    median(ratios).toFixed(2),
    spread(
      of.map(({ processorMs }) => processorMs),
      2,
    ),
    spread(
      of.map(({ p50Ms }) => p50Ms),
      1,
    ),
    spread(
      of.map(({ p99Ms }) => p99Ms),
      1,
    ),
    String(of.reduce((sum, { pushed }) => sum + pushed, 0)),
  ];
});
const head = ["", "messages/s", "ratio", "processor ms a message", "one at a time: p50 ms", "p99 ms", "pushed"];
console.log(
  `\n${cpus().length} cores, Node ${process.version}; ${MESSAGES} messages at ${CONNECTIONS} connections, medians of ${ROUNDS} rounds (smallest–largest)`,
);
console.log(table([head, ...rows]));
