/**
 * `npm run bench:ack`: acks per second, compared with a baseline in the same run. Against noise the two alternate for
 * several rounds, each with a new file, and medians are compared.
 */
import { type LoadResult, load } from "../support/load.ts";
import { startProgram } from "../support/program.ts";
import { print, progress, type Section } from "../support/section.ts";
import { median, spread } from "../support/statistics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { signedRequests } from "../support/webhooks.ts";

const CONNECTIONS = 64;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const WEBHOOKS = Number(process.env.BENCH_WEBHOOKS ?? 20_000);
const WARM_UP = 4_000;

type Contender = "baseline" | "turnpike";

interface Result extends LoadResult {
  /** Processor time of the program, an ack. */
  readonly processorMs: number;
}

async function round(contender: Contender, index: string, webhooks = WEBHOOKS, fsyncMs = 0): Promise<Result> {
  await using folder = await temporaryFolder();
  const script = new URL(`./${contender}.ts`, import.meta.url);
  await using program = await startProgram(script, [folder.file("bench.db")], fsyncMs);
  const { port } = program;
  await load(port, signedRequests(WARM_UP, `w${index}`, port), CONNECTIONS);
  const requests = signedRequests(webhooks, `r${index}`, port);
  const before = await program.processorMs();
  const result = await load(port, requests, CONNECTIONS);
  return { ...result, processorMs: ((await program.processorMs()) - before) / webhooks };
}

function rowOf(name: Contender, of: readonly Result[]): readonly string[] {
  const each = (value: (result: Result) => number, digits: number) => spread(of.map(value), digits);
  return [
    name === "baseline" ? "baseline" : "Turnpike",
    each(({ acksPerSecond }) => acksPerSecond, 0),
    each(({ processorMs }) => processorMs, 3),
    each(({ p50Ms }) => p50Ms, 1),
    each(({ p99Ms }) => p99Ms, 1),
    String(of.reduce((sum, { retries }) => sum + retries, 0)),
  ];
}

export async function ack(): Promise<Section> {
  const results: Record<Contender, Result[]> = { baseline: [], turnpike: [] };
  const ratios: number[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    const baseline = await round("baseline", `${index}`);
    const turnpike = await round("turnpike", `${index}`);
    results.baseline.push(baseline);
    results.turnpike.push(turnpike);
    const ratio = turnpike.acksPerSecond / baseline.acksPerSecond;
    ratios.push(ratio);
    progress(`ack ${index + 1}/${ROUNDS}: ${turnpike.acksPerSecond.toFixed(0)} acks/s, ratio ${ratio.toFixed(2)}`);
  }
  return {
    title: "Acks",
    how: `${WEBHOOKS} distinct signed webhooks over ${CONNECTIONS} connections, SQLite, beside a server that verifies, parses and inserts one row a webhook in a shared commit. Ratio ${spread(ratios, 2)}. Medians of ${ROUNDS} rounds (smallest–largest).`,
    head: ["", "acks/s", "processor ms an ack", "p50 ms", "p99 ms", "sent again after 503"],
    rows: [rowOf("baseline", results.baseline), rowOf("turnpike", results.turnpike)],
    figures: { baseline: median(results.baseline.map(acks)), Turnpike: median(results.turnpike.map(acks)) },
  };
}

const acks = ({ acksPerSecond }: Result) => acksPerSecond;

/** Disks whose fsync takes longer than this machine's. */
const FSYNC_MS = [1, 5];
const SLOW_WEBHOOKS = 8_000;
const SLOW_ROUNDS = Math.min(ROUNDS, 3);

export async function slowDisk(): Promise<Section> {
  const rows: (readonly string[])[] = [];
  for (const fsyncMs of FSYNC_MS) {
    const ratios: number[] = [];
    const results: Record<Contender, Result[]> = { baseline: [], turnpike: [] };
    for (let index = 0; index < SLOW_ROUNDS; index++) {
      for (const contender of ["baseline", "turnpike"] as const) {
        results[contender].push(await round(contender, `${fsyncMs}x${index}`, SLOW_WEBHOOKS, fsyncMs));
      }
      ratios.push(acks(results.turnpike[index] as Result) / acks(results.baseline[index] as Result));
      progress(`ack, fsync ${fsyncMs} ms, ${index + 1}/${SLOW_ROUNDS}: ratio ${ratios.at(-1)?.toFixed(2)}`);
    }
    const of = (contender: Contender) => spread(results[contender].map(acks));
    rows.push([`+ ${fsyncMs} ms`, of("baseline"), of("turnpike"), spread(ratios, 2)]);
  }
  return {
    title: "Acks on a slow disk",
    how: `Each fsync is delayed (by strace). ${SLOW_WEBHOOKS} webhooks, ${CONNECTIONS} connections, medians of ${SLOW_ROUNDS} rounds (smallest–largest).`,
    head: ["fsync", "baseline acks/s", "Turnpike acks/s", "ratio"],
    rows,
  };
}

if (import.meta.main) {
  print(await ack());
  print(await slowDisk());
}
