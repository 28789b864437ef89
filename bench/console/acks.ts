/** What acks cost while somebody looks at the console, and while nobody does. */
import { setTimeout as pause } from "node:timers/promises";
import { load, loadAt } from "../support/load.ts";
import type { Program } from "../support/program.ts";
import { progress, type Section } from "../support/section.ts";
import { median, quantile, spread } from "../support/statistics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { signedRequests } from "../support/webhooks.ts";
import { openTab, startChromium, startGateway } from "./chromium.ts";
import { followFeed, pollPages } from "./reader.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 20);
/** Far below saturation: the load, the gateway and the browser share the machine. */
const PER_SECOND = 300;
const CONNECTIONS = 64;
const WARM_UP = 2_000;
/** Until the turns of the warm-up are sealed and the pages are drawn. */
const SETTLE_MS = 3_000;

type Looker = "nobody" | "reader" | "Chromium";

/** Each ends what it has begun when it is disposed of. */
const LOOKERS: Readonly<Record<Looker, (program: Program) => Promise<AsyncDisposable>>> = {
  nobody: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
  reader: async (program) => {
    const stack = new AsyncDisposableStack();
    stack.use(await followFeed(program));
    stack.use(pollPages(program));
    return stack;
  },
  Chromium: async (program) => {
    const chromium = await startChromium(program);
    const log = await chromium.open("/log");
    await log.locator("[data-row]").first().waitFor();
    const overview = await openTab(log.context(), "/overview");
    await overview.locator("figure svg[role=img]").waitFor();
    return chromium;
  },
};
const NAMES = Object.keys(LOOKERS) as Looker[];

interface Result {
  readonly acksPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the gateway, an ack. */
  readonly processorMs: number;
}

async function round(looker: Looker, id: string): Promise<Result> {
  await using folder = await temporaryFolder();
  await using program = await startGateway(folder.file("bench.db"));
  await load(program.port, signedRequests(WARM_UP, `w${id}`, program.port), CONNECTIONS);
  await using _looking = await LOOKERS[looker](program);
  await pause(SETTLE_MS);
  const requests = signedRequests(SECONDS * PER_SECOND, `r${id}`, program.port);
  const before = await program.processorMs();
  const startedAt = performance.now();
  const { tookMs } = await loadAt(program.port, requests, { perSecond: PER_SECOND, connections: CONNECTIONS });
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = (await program.processorMs()) - before;
  return {
    acksPerSecond: requests.length / seconds,
    p50Ms: median(tookMs),
    p99Ms: quantile(tookMs, 0.99),
    processorMs: used / requests.length,
  };
}

/** They take turns, and every other round goes the other way. */
async function rounds(): Promise<Record<Looker, Result[]>> {
  const results: Record<Looker, Result[]> = { nobody: [], reader: [], Chromium: [] };
  for (let index = 0; index < ROUNDS; index++) {
    for (const looker of index % 2 === 0 ? NAMES : NAMES.toReversed()) {
      const result = await round(looker, `${index}`);
      results[looker].push(result);
      progress(
        `acks ${index + 1}/${ROUNDS}: ${looker}: p99 ${result.p99Ms.toFixed(1)} ms, ${result.processorMs.toFixed(3)} ms an ack`,
      );
    }
  }
  return results;
}

export async function acks(): Promise<Section> {
  const results = await rounds();
  const rowOf = (looker: Looker): readonly string[] => {
    const of = results[looker];
    const each = (value: (result: Result) => number, digits: number) => spread(of.map(value), digits);
    /** Beside nobody in the same round. */
    const times = (value: (result: Result) => number) => {
      const ratios = of.map((one, index) => value(one) / value(results.nobody[index] ?? one));
      return looker === "nobody" ? "" : spread(ratios, 2);
    };
    return [
      looker,
      each(({ acksPerSecond }) => acksPerSecond, 0),
      each(({ p50Ms }) => p50Ms, 2),
      each(({ p99Ms }) => p99Ms, 1),
      times(({ p99Ms }) => p99Ms),
      each(({ processorMs }) => processorMs, 3),
      times(({ processorMs }) => processorMs),
    ];
  };
  return {
    title: "Acks while somebody looks at the console",
    how: `${PER_SECOND} distinct signed webhooks a second for ${SECONDS} s over ${CONNECTIONS} connections, SQLite; each ack counts from when its webhook was due. The reader is a client of the live stream that also asks for what the two pages ask for, as often as they do: its processor time is what the console costs the gateway. It is in the process of the load, so its p99 holds what reading costs the load, too. Chromium has a tab on the log and one on the overview, and draws them on the cores that the gateway and the load run on: its p99 holds the browser's work, too. Medians of ${ROUNDS} rounds (smallest–largest).`,
    head: [
      "who looks",
      "acks/s",
      "p50 ms",
      "p99 ms",
      "p99 × nobody (goal: under 1.10)",
      "processor ms an ack",
      "× nobody",
    ],
    rows: NAMES.map(rowOf),
  };
}
