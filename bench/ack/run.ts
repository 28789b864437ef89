/**
 * `npm run bench:ack`: acks per second, compared with a baseline in the same run. Against noise the two alternate for
 * several rounds, each with a new file, and medians are compared.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadResult, load, retryReport } from "../support/load.ts";
import { startProgram } from "../support/program.ts";
import { median } from "../support/statistics.ts";
import { signedRequests } from "../support/webhooks.ts";

const CONNECTIONS = 64;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const WEBHOOKS = Number(process.env.BENCH_WEBHOOKS ?? 20_000);
const WARM_UP = 4_000;

type Contender = "baseline" | "turnpike";

async function round(contender: Contender, index: number): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), "turnpike-bench-"));
  try {
    await using program = await startProgram(new URL(`./${contender}.ts`, import.meta.url), [join(folder, "bench.db")]);
    const { port } = program;
    await load(port, signedRequests(WARM_UP, `w${index}`, port), CONNECTIONS);
    return await load(port, signedRequests(WEBHOOKS, `r${index}`, port), CONNECTIONS);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function line(name: string, results: readonly LoadResult[]): string {
  const acks = median(results.map((result) => result.acksPerSecond));
  const p50 = median(results.map((result) => result.p50Ms));
  const p99 = median(results.map((result) => result.p99Ms));
  return `${name.padEnd(9)} ${acks.toFixed(0).padStart(7)} acks/s   p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms${retryReport(results)}`;
}

const results: Record<Contender, LoadResult[]> = { baseline: [], turnpike: [] };
const ratios: number[] = [];
for (let index = 0; index < ROUNDS; index++) {
  const baseline = await round("baseline", index);
  const turnpike = await round("turnpike", index);
  results.baseline.push(baseline);
  results.turnpike.push(turnpike);
  const ratio = turnpike.acksPerSecond / baseline.acksPerSecond;
  ratios.push(ratio);
  console.log(
    `round ${index + 1}/${ROUNDS}: ${baseline.acksPerSecond.toFixed(0)} and ${turnpike.acksPerSecond.toFixed(0)} acks/s, ` +
      `ratio ${ratio.toFixed(2)}`,
  );
}
console.log(
  `\n${CONNECTIONS} connections, ${WEBHOOKS} distinct signed webhooks per round, medians of ${ROUNDS} rounds`,
);
console.log(line("baseline", results.baseline));
console.log(line("turnpike", results.turnpike));
console.log(`ratio ${median(ratios).toFixed(2)}`);
