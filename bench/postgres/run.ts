/**
 * `npm run bench:postgres`: throughput of 1, 2 and 4 processes on one PostgreSQL, and the cost of a message with
 * millions of stored ones. Against noise contenders alternate for several rounds, each with a new database, and medians
 * are compared. Server, gateways and load run on this machine. `node bench/postgres/run.ts ingest`, `way` or `stored`
 * runs one part.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { migrate } from "../../src/store/postgres/migrate.ts";
import { type PostgresServer, startPostgresServer } from "../../test/support/postgres-server.ts";
import { type LoadResult, retryReport } from "../support/load.ts";
import { median } from "../support/statistics.ts";
import { signedRequests } from "../support/webhooks.ts";
import { fill } from "./history.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { type Contender, postmaster, processorMs, startStand } from "./stand.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const WEBHOOKS = Number(process.env.BENCH_WEBHOOKS ?? 8_000);
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 2_000);
const STORED = Number(process.env.BENCH_STORED ?? 5_000_000);
const FEW = 1_000;
const PROCESSES = [1, 2, 4];

interface Bench {
  readonly server: PostgresServer;
  readonly platform: Platform;
}

let databases = 0;

/** Name and URL of a new database. */
async function freshDatabase({ server }: Bench, template: string): Promise<{ name: string; url: string }> {
  const name = `bench_${++databases}`;
  await server.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  await server.query("CHECKPOINT");
  return { name, url: server.url(name) };
}

async function drop({ server }: Bench, name: string): Promise<void> {
  await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
}

async function ingestRound(bench: Bench, contender: Contender, count: number, round: number): Promise<LoadResult> {
  const { name, url } = await freshDatabase(bench, contender === "turnpike" ? "migrated" : "template0");
  try {
    await using stand = await startStand(contender, count, [url]);
    await stand.load(signedRequests(WEBHOOKS / 4, `w${round}`, 0));
    return await stand.load(signedRequests(WEBHOOKS, `r${round}`, 0));
  } finally {
    await drop(bench, name);
  }
}

async function ingest(bench: Bench): Promise<void> {
  console.log(`\ningest: ${WEBHOOKS} signed webhooks of 2 000 people, 64 connections, medians of ${ROUNDS} rounds`);
  for (const count of PROCESSES) {
    const results: Record<Contender, LoadResult[]> = { baseline: [], turnpike: [] };
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const baseline = await ingestRound(bench, "baseline", count, round);
      const turnpike = await ingestRound(bench, "turnpike", count, round);
      results.baseline.push(baseline);
      results.turnpike.push(turnpike);
      ratios.push(turnpike.acksPerSecond / baseline.acksPerSecond);
    }
    for (const contender of ["baseline", "turnpike"] as const) {
      const acks = median(results[contender].map((result) => result.acksPerSecond));
      const p50 = median(results[contender].map((result) => result.p50Ms));
      const p99 = median(results[contender].map((result) => result.p99Ms));
      console.log(
        `${count} × ${contender.padEnd(9)} ${acks.toFixed(0).padStart(6)} acks/s   p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms${retryReport(results[contender])}`,
      );
    }
    console.log(`${count} × ratio     ${median(ratios).toFixed(2)}   (rounds: ${list(ratios)})`);
  }
}

interface Way {
  readonly perSecond: number;
  readonly messagesPerCall: number;
  /** Processor time of the gateways, and of the database server. */
  readonly gatewayMs: number;
  readonly databaseMs: number;
  /** Bytes of the server's WAL. */
  readonly walBytes: number;
  readonly retries: number;
}

/** Measures from the first webhook to the last answer. */
async function measureWholePath(bench: Bench, url: string, count: number, runId: string): Promise<Way> {
  const { platform } = bench;
  await using stand = await startStand("turnpike", count, [url, platform.url]);
  const warmUp = Math.ceil(MESSAGES / 4);
  platform.reset();
  await Promise.all([stand.load(signedRequests(warmUp, `w${runId}`, 0)), platform.answered(warmUp)]);
  const requests = signedRequests(MESSAGES, `m${runId}`, 0);
  platform.reset();
  const before = await used(bench, stand.pids);
  const startedAt = performance.now();
  const [{ retries }] = await Promise.all([stand.load(requests), platform.answered(MESSAGES)]);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await used(bench, stand.pids);
  return {
    perSecond: MESSAGES / seconds,
    messagesPerCall: MESSAGES / platform.calls(),
    gatewayMs: (after.gatewayMs - before.gatewayMs) / MESSAGES,
    databaseMs: (after.databaseMs - before.databaseMs) / MESSAGES,
    walBytes: (after.walBytes - before.walBytes) / MESSAGES,
    retries,
  };
}

async function used({ server }: Bench, gateways: readonly number[]) {
  const [row] = await server.query<{ bytes: string }>("SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes");
  return {
    gatewayMs: await processorMs(gateways),
    databaseMs: await processorMs([await postmaster(server)]),
    walBytes: Number(row?.bytes),
  };
}

function report(name: string, ways: readonly Way[]): string {
  const rate = median(ways.map(({ perSecond }) => perSecond));
  const gateway = median(ways.map(({ gatewayMs }) => gatewayMs));
  const database = median(ways.map(({ databaseMs }) => databaseMs));
  const perCall = median(ways.map(({ messagesPerCall }) => messagesPerCall));
  const wal = median(ways.map(({ walBytes }) => walBytes));
  return (
    `${name} ${rate.toFixed(0).padStart(5)} messages/s   ${perCall.toFixed(2)} messages per call   ` +
    `processor time per message: gateways ${gateway.toFixed(2)} ms, database ${database.toFixed(2)} ms   ` +
    `WAL ${(wal / 1_000).toFixed(1)} kB per message${retryReport(ways)}`
  );
}

async function way(bench: Bench): Promise<void> {
  console.log(`\nwhole path: ${MESSAGES} webhooks to the last answer's call, medians of ${ROUNDS} rounds`);
  const ways = new Map<number, Way[]>(PROCESSES.map((count) => [count, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const count of PROCESSES) {
      const { name, url } = await freshDatabase(bench, "migrated");
      ways.get(count)?.push(await measureWholePath(bench, url, count, `${round}x${count}`));
      await drop(bench, name);
    }
  }
  for (const [count, results] of ways) console.log(report(`${count} ×`, results));
}

async function stored(bench: Bench): Promise<void> {
  console.log(`\nwhole path with ${FEW} and with ${STORED} stored events, alternating, medians of ${ROUNDS} rounds`);
  const { server } = bench;
  for (const [name, events] of Object.entries({ few: FEW, many: STORED })) {
    const url = (await freshDatabaseNamed(bench, name)).url;
    const startedAt = performance.now();
    await fill(url, events);
    const [size] = await server.query<{ size: string }>(`SELECT pg_size_pretty(pg_database_size('${name}')) AS size`);
    console.log(
      `${events} events are ${size?.size}, made in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`,
    );
  }
  const results: Record<"few" | "many", Way[]> = { few: [], many: [] };
  for (let round = 0; round < ROUNDS; round++) {
    // Alternates the order.
    const order = round % 2 === 0 ? (["few", "many"] as const) : (["many", "few"] as const);
    for (const which of order) {
      // A new database for few; many is reused, because a round adds little to it.
      const few = which === "few" ? await freshDatabase(bench, "few") : null;
      results[which].push(await measureWholePath(bench, few?.url ?? server.url("many"), 1, `${which}${round}`));
      if (few !== null) await drop(bench, few.name);
    }
  }
  console.log(report(`${FEW} events:`.padEnd(16), results.few));
  console.log(report(`${STORED} events:`.padEnd(16), results.many));
  for (const what of ["perSecond", "gatewayMs", "databaseMs"] as const) {
    const ratios = results.many.map((many, index) => many[what] / (results.few[index]?.[what] ?? Number.NaN));
    console.log(`${what.padEnd(10)} many to few: ${median(ratios).toFixed(2)}   (rounds: ${list(ratios)})`);
  }
}

async function freshDatabaseNamed({ server }: Bench, name: string): Promise<{ url: string }> {
  await server.query(`CREATE DATABASE ${name} TEMPLATE migrated`);
  return { url: server.url(name) };
}

function list(ratios: readonly number[]): string {
  return ratios.map((ratio) => ratio.toFixed(2)).join(", ");
}

const PARTS = { ingest, way, stored };
type Part = keyof typeof PARTS;

const { positionals } = parseArgs({ allowPositionals: true });
const parts = positionals.length === 0 ? (Object.keys(PARTS) as Part[]) : (positionals as Part[]);
const server = await startPostgresServer();
const platform = await startPlatform();
try {
  const [row] = await server.query<{ server_version: string }>("SHOW server_version");
  const [cpu] = cpus();
  console.log(`${cpus().length} cores (${cpu?.model}), Node ${process.version}, PostgreSQL ${row?.server_version}`);
  await server.query("ALTER SYSTEM SET max_wal_size = '8GB'");
  await server.query("SELECT pg_reload_conf()");
  await migrate(await server.createDatabase("migrated"));
  for (const part of parts) await PARTS[part]({ server, platform });
} finally {
  platform.close();
  await server.destroy();
}
