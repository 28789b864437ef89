/** The parts of the durability run, with their figures. Their time limits add up to twenty minutes: twice what they take on two quiet cores. */
import { FAULTS } from "../../test/support/faults/tap.ts";
import type { Points } from "./fault-points.ts";
import { type Ended, figuresIn, run } from "./run.ts";

const MINUTE_MS = 60_000;

export type Progress = (line: string) => void;

/** A part's figures; `why` in their place says why there are none. */
export type Part<Figures> = { readonly seconds: number; readonly isGood: boolean } & (
  | { readonly figures: Figures }
  | { readonly why: string }
);

export interface Disk {
  readonly what: string;
  readonly acked: number;
  readonly fsyncs?: number;
  readonly early?: number;
  readonly refused?: number;
  readonly lost?: number;
  readonly doubled?: number;
}

const DISK_LINE = /^DISK (\{.*\})$/gm;

export async function disk(progress: Progress): Promise<Part<readonly Disk[]>> {
  const files = ["test/e2e/disk.test.ts", "test/e2e/disk-checkpoint.test.ts"];
  const args = ["node_modules/vitest/vitest.mjs", "run", "--project", "e2e", ...files];
  const ended = await run(args, 1.25 * MINUTE_MS, progress);
  const found = [...ended.output.matchAll(DISK_LINE)].map(([, json = ""]) => JSON.parse(json) as Disk);
  if (found.length === 0) return nothing(ended, "no disk test ran: they need Linux, strace and a mount");
  const whats = [...new Set(found.map(({ what }) => what))].toSorted((one, other) => Number(one > other));
  const figures = whats.map((what) => found.filter((one) => one.what === what).reduce(added));
  return { figures, seconds: ended.seconds, isGood: ended.ok };
}

/** Sums the figures of the same test with different faults. */
function added(one: Disk, other: Disk): Disk {
  const names = ["acked", "fsyncs", "early", "refused", "lost", "doubled"] as const;
  const sums = names.flatMap((name) => {
    const [left, right] = [one[name], other[name]];
    return left === undefined || right === undefined ? [] : [[name, left + right] as const];
  });
  return { ...one, ...Object.fromEntries(sums) };
}

export interface Kills {
  readonly kills: number;
  readonly acked: number;
  readonly answered: number;
  readonly lost: number;
  readonly doubled: number;
  readonly unknown: number;
}

const KILL_LINE =
  /kills (?<kills>\d+) acked (?<acked>\d+) answered (?<answered>\d+) lost (?<lost>\d+) doubled (?<doubled>\d+) unknown (?<unknown>\d+)/;

export async function kills(progress: Progress): Promise<Part<Kills>> {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--project", "e2e", "test/e2e/kill.test.ts"];
  const ended = await run(args, 2.5 * MINUTE_MS, progress);
  const { groups } = KILL_LINE.exec(ended.output) ?? {};
  if (groups === undefined) return nothing(ended, "the kill test printed no figures");
  const read = (name: string) => Number(groups[name]);
  const figures = {
    kills: read("kills"),
    acked: read("acked"),
    answered: read("answered"),
    lost: read("lost"),
    doubled: read("doubled"),
    unknown: read("unknown"),
  };
  return { figures, seconds: ended.seconds, isGood: ended.ok && figures.lost + figures.doubled === 0 };
}

/** Two processes in parallel, each with half of the faults. */
export async function faultPoints(progress: Progress): Promise<Part<readonly Points[]>> {
  const half = FAULTS.length / 2;
  const halves = [FAULTS.slice(0, half), FAULTS.slice(half)];
  const ends = await Promise.all(
    halves.map((faults) => run(["scripts/durability/fault-points.ts", ...faults], 1.5 * MINUTE_MS, progress)),
  );
  const found = ends.map(({ output }) => figuresIn(output) as readonly Points[] | null);
  const ended = {
    ok: ends.every(({ ok }) => ok),
    seconds: Math.max(...ends.map(({ seconds }) => seconds)),
    output: ends.map(({ output }) => output).join("\n"),
  };
  if (found.includes(null)) return nothing(ended, "a fault-point run did not finish");
  const figures = found.flatMap((points) => points ?? []);
  return { figures, seconds: ended.seconds, isGood: ended.ok && figures.every(({ violations }) => violations === 0) };
}

/** The figures of `scripts/simulate-seeds.ts`. */
export interface Seeds {
  readonly seeds: number;
  readonly from: number;
  /** Number of seeds per channel. */
  readonly channels: Readonly<Record<string, number>>;
  readonly acked: number;
  readonly answered: number;
  readonly excused: number;
  readonly lost: number;
  readonly doubled: number;
  /** Sent once more by the setting `resend`, and recorded. */
  readonly sentAgain: number;
  readonly unknownSeen: number;
  readonly unknownUnseen: number;
  readonly crashes: number;
  /** Seeds with a violated invariant. */
  readonly broken: number;
  readonly pairs: number;
  /** Number of times that each fault occurred. */
  readonly faults: Readonly<Record<string, number>>;
  /** Number of times by `channel | fault × state`. */
  readonly coverage: Readonly<Record<string, number>>;
}

export async function seeds(progress: Progress): Promise<Part<Seeds>> {
  const ended = await run(["scripts/simulate-seeds.ts", "--seeds", "2000"], 5 * MINUTE_MS, progress);
  const figures = figuresIn(ended.output) as Seeds | null;
  if (figures === null) return nothing(ended, "the simulation did not finish");
  const isGood = ended.ok && figures.lost + figures.doubled + figures.broken === 0;
  return { figures, seconds: ended.seconds, isGood };
}

export interface Mutations {
  readonly mutations: number;
  readonly caught: number;
  readonly survived: readonly string[];
}

export async function mutations(progress: Progress): Promise<Part<Mutations>> {
  const ended = await run(["scripts/mutations.ts"], 13.5 * MINUTE_MS, progress);
  const figures = figuresIn(ended.output) as Mutations | null;
  if (figures === null) return nothing(ended, "the mutations did not finish");
  return { figures, seconds: ended.seconds, isGood: ended.ok && figures.survived.length === 0 };
}

function nothing({ output, seconds }: Ended, why: string): { why: string; seconds: number; isGood: false } {
  console.error(output.split("\n").slice(-30).join("\n"));
  return { why, seconds, isGood: false };
}
