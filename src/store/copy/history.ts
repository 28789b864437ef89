/**
 * `turnpike copy`: moves a history from a SQLite file to PostgreSQL.
 *
 *   the file is locked ─▶ the database is held ─▶ emptied of an earlier copy ─▶ filled ─▶ checked ─▶ let go
 *
 * Whatever ends it in between, the file is as it was, and no gateway starts on what was half filled
 * (`refuseIncompleteCopy`): the copy is made again, from its beginning.
 */
import { Bug, Misconfigured } from "../../core/errors.ts";
import type { Violation } from "./invariants.ts";
import type { Row, Source } from "./source.ts";
import { LEASE, storable, type Table, type Value } from "./tables.ts";
import type { Target } from "./target.ts";

/** Rows of one statement: a few hundred cost little more than one. */
const BATCH_ROWS = 500;
/** A webhook may be 3 MiB: a batch of such must not be all that memory holds. */
const BATCH_CHARACTERS = 4_000_000;

export interface Copied {
  readonly rows: number;
  /** What the file itself breaks of the promises, and so does the copy. */
  readonly violations: readonly Violation[];
  /** By how much the file's time was ahead of the database's clock, in ms. */
  readonly aheadMs: number;
}

export interface Progress {
  /** What is done now, in a sentence. */
  readonly step: (sentence: string) => void;
  readonly copied: (table: string, rows: number, of: number) => void;
}

/** The database must be migrated. Throws `Misconfigured` with what to do; then the file is as it was. */
export async function copyHistory(source: Source, target: Target, progress: Progress): Promise<Copied> {
  const tables = await plan(source, target);
  const names = tables.map(({ name }) => name);
  if (await target.hold(source.name, names)) progress.step("an earlier copy is there, and is made again");
  await target.empty(names);
  let rows = 0;
  for (const table of tables) rows += await copyTable(table, source, target, progress);
  progress.step("numbering and checking");
  await target.continueNumbers(tables.filter(({ columns }) => columns.includes("seq")).map(({ name }) => name));
  await checkCounts(names, source, target);
  const violations = await checkInvariants(source, target);
  return { rows, violations, aheadMs: await target.release(source.writtenAt()) };
}

/** Every table and column of the file has its place: nothing is left behind because somebody forgot it. */
async function plan(source: Source, target: Target): Promise<Table[]> {
  const known = await target.tables();
  return [...source.tables()].map(([name, columns]) => {
    const there = known.get(name) ?? [];
    const missing = columns.filter((column) => !there.includes(column));
    if (missing.length > 0) throw new Bug(`${name} of PostgreSQL lacks ${missing.join(", ")}, which SQLite has`);
    return { name, columns };
  });
}

async function copyTable(table: Table, source: Source, target: Target, progress: Progress): Promise<number> {
  const of = source.count(table.name);
  let batch: Record<string, Value>[] = [];
  let characters = 0;
  let copied = 0;
  async function flush(): Promise<void> {
    if (batch.length === 0) return;
    await target.insert(table.name, table.columns, batch);
    copied += batch.length;
    batch = [];
    characters = 0;
    progress.copied(table.name, copied, of);
  }
  for (const row of source.rows(table)) {
    const moved = move(row, table, source.writtenAt());
    batch.push(moved);
    for (const value of Object.values(moved)) characters += typeof value === "string" ? value.length : 0;
    if (batch.length >= BATCH_ROWS || characters >= BATCH_CHARACTERS) await flush();
  }
  await flush();
  return copied;
}

/** The row as PostgreSQL keeps it. */
function move(row: Row, { columns }: Table, endedAt: number): Record<string, Value> {
  const moved: Record<string, Value> = {};
  for (const column of columns) moved[column] = storable(row[column] ?? null);
  // All who held a lease are gone, because the file is locked for us: the next start takes over at once.
  if (moved[LEASE] !== null && moved[LEASE] !== undefined) moved[LEASE] = Math.min(Number(moved[LEASE]), endedAt);
  return moved;
}

async function checkCounts(names: readonly string[], source: Source, target: Target): Promise<void> {
  for (const name of names) {
    const [before, after] = [source.count(name), await target.count(name)];
    if (before !== after) throw new Bug(`${name} has ${before} rows in the file and ${after} in PostgreSQL`);
  }
}

/** What the file breaks already is not the copy's doing, and is told; anything more is. */
async function checkInvariants(source: Source, target: Target): Promise<Violation[]> {
  const before = source.violations();
  const after = await target.violations();
  const counts = new Map(before.map(({ invariant, count }) => [invariant, count]));
  const ours = after.filter(({ invariant, count }) => count !== (counts.get(invariant) ?? 0));
  if (ours.length === 0) return before;
  const told = ours.map(({ invariant, count, ids }) => `${invariant} (${count}: ${ids.join(", ")} …)`);
  throw new Misconfigured(`the copy isn't what the file is: ${told.join("; ")}. Nothing was changed in the file`);
}
