/** Processes of a contender on one database, and processor times. */
import { readdir, readFile } from "node:fs/promises";
import type { PostgresServer } from "../../test/support/postgres-server.ts";
import { type LoadResult, load } from "../support/load.ts";
import { startProgram } from "../support/program.ts";

export type Contender = "baseline" | "turnpike";

/** Of all processes of a contender together. */
const CONNECTIONS = 64;

export interface Stand extends AsyncDisposable {
  readonly pids: readonly number[];
  /** Sends each process an equal part; every person's messages reach all processes. */
  load(requests: readonly Buffer[]): Promise<LoadResult>;
}

export async function startStand(contender: Contender, count: number, args: readonly string[]): Promise<Stand> {
  const script = new URL(`./${contender}.ts`, import.meta.url);
  const programs = await Promise.all(Array.from({ length: count }, () => startProgram(script, args)));
  const ports = programs.map(({ port }) => port);
  return {
    pids: programs.map(({ child }) => child.pid ?? 0),
    async load(requests) {
      const share = Math.ceil(requests.length / ports.length);
      const startedAt = performance.now();
      const results = await Promise.all(
        ports.map((port, index) =>
          load(port, requests.slice(index * share, (index + 1) * share), CONNECTIONS / ports.length),
        ),
      );
      return {
        acksPerSecond: requests.length / ((performance.now() - startedAt) / 1_000),
        p50Ms: Math.max(...results.map(({ p50Ms }) => p50Ms)),
        p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
        retries: results.reduce((sum, one) => sum + one.retries, 0),
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
    },
  };
}

/** The server's process. */
export async function postmaster(server: PostgresServer): Promise<number> {
  // The first line of postmaster.pid is the process id.
  const [row] = await server.query<{ pid: string }>(
    "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid",
  );
  return Number(row?.pid);
}

/** Unit of processor times in `/proc`. */
const TICK_MS = 10;

interface Used {
  readonly parent: number;
  readonly ownMs: number;
  /** Of its waited-for children. */
  readonly endedMs: number;
}

/** Processor time of these processes and their descendants, in ms, from Linux's `/proc`. */
export async function processorMs(roots: readonly number[]): Promise<number> {
  const all = new Map<number, Used>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const used = await usedBy(name);
    if (used !== null) all.set(Number(name), used);
  }
  const isBelow = (pid: number): boolean => roots.includes(pid) || (all.has(pid) && isBelow(all.get(pid)?.parent ?? 0));
  return [...all].reduce((sum, [pid, { ownMs, endedMs }]) => sum + (isBelow(pid) ? ownMs + endedMs : 0), 0);
}

async function usedBy(pid: string): Promise<Used | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  // After the name, which may contain anything: state, parent, …, utime, stime, cutime, cstime (proc(5), fields 14 to
  // 17).
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { parent: fields[1] ?? 0, ownMs: (user + system) * TICK_MS, endedMs: (endedUser + endedSystem) * TICK_MS };
}
