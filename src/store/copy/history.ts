/**
 * `turnpike copy`: copies all data from one store to another.
 *
 *   lock the file ─▶ lock the target ─▶ empty it of an earlier copy ─▶ fill ─▶ check ─▶ unlock
 *
 * If it is interrupted, the file is unchanged, and no gateway starts on the incomplete copy (`refuseIncompleteCopy`): the
 * copy starts over.
 */
import { Bug, Misconfigured } from "../../core/errors.ts";
import type { Violation } from "./invariants.ts";
import type { CopySource, Row } from "./source.ts";
import { type ColumnValue, LEASE, type Table } from "./tables.ts";
import type { CopyTarget } from "./target.ts";

/** Rows of one INSERT: a few hundred cost little more than one. */
const BATCH_ROWS = 500;
/** A webhook may be 3 MiB: this bounds the memory of a batch. */
const BATCH_CHARACTERS = 4_000_000;

export interface Copied {
  readonly rows: number;
  /** Invariants that the file itself violates, and so does the copy. */
  readonly violations: readonly Violation[];
  /** How far the file's time was ahead of the database's clock, in ms. */
  readonly aheadMs: number;
}

export interface Progress {
  /** Describes the current step, in a sentence. */
  readonly step: (sentence: string) => void;
  readonly copied: (table: string, rows: number, of: number) => void;
}

/** The target must be migrated. Throws `Misconfigured` with what to do. The source is never changed. */
export async function copyHistory(source: CopySource, target: CopyTarget, progress: Progress): Promise<Copied> {
  const tables = await plan(source, target);
  const names = tables.map(({ name }) => name);
  if (await target.lock(source.name, names)) progress.step("an earlier copy is replaced");
  await target.empty(names);
  let rows = 0;
  for (const table of tables) rows += await copyTable(table, source, target, progress);
  progress.step("numbering and checking");
  await target.continueSequences(tables.filter(({ columns }) => columns.includes("seq")).map(({ name }) => name));
  await target.analyze(names);
  await checkCounts(names, source, target);
  const violations = await checkInvariants(source, target);
  return { rows, violations, aheadMs: await target.unlock(source.writtenAt()) };
}

/** Checks that the target has every table and column of the source, so that none is forgotten. */
async function plan(source: CopySource, target: CopyTarget): Promise<Table[]> {
  const known = await target.tables();
  return [...source.tables()].map(([name, columns]) => {
    const targetColumns = known.get(name) ?? [];
    const missing = columns.filter((column) => !targetColumns.includes(column));
    if (missing.length > 0) throw new Bug(`${name} of PostgreSQL lacks ${missing.join(", ")}, which SQLite has`);
    return { name, columns };
  });
}

async function copyTable(table: Table, source: CopySource, target: CopyTarget, progress: Progress): Promise<number> {
  const of = source.count(table.name);
  let batch: Record<string, ColumnValue>[] = [];
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
    const copy = withExpiredLease(row, table, source.writtenAt());
    batch.push(copy);
    for (const value of Object.values(copy)) characters += typeof value === "string" ? value.length : 0;
    if (batch.length >= BATCH_ROWS || characters >= BATCH_CHARACTERS) await flush();
  }
  await flush();
  return copied;
}

/** The row as it is stored in the copy. */
function withExpiredLease(row: Row, { columns }: Table, endedAt: number): Record<string, ColumnValue> {
  const converted: Record<string, ColumnValue> = {};
  for (const column of columns) converted[column] = row[column] ?? null;
  // No lease has a live owner, because we have locked the file: expired, it is reclaimed at the next start.
  const lease = converted[LEASE];
  if (lease !== null && lease !== undefined) converted[LEASE] = Math.min(Number(lease), endedAt);
  return converted;
}

async function checkCounts(names: readonly string[], source: CopySource, target: CopyTarget): Promise<void> {
  for (const name of names) {
    const [before, after] = [source.count(name), await target.count(name)];
    if (before !== after) throw new Bug(`${name} has ${before} rows in the file and ${after} in PostgreSQL`);
  }
}

/** Violations that the file has already are reported; any further one is an error of the copy. */
async function checkInvariants(source: CopySource, target: CopyTarget): Promise<Violation[]> {
  const before = source.violations();
  const after = await target.violations();
  const counts = new Map(before.map(({ invariant, count }) => [invariant, count]));
  const added = after.filter(({ invariant, count }) => count !== (counts.get(invariant) ?? 0));
  if (added.length === 0) return before;
  const list = added.map(({ invariant, count, ids }) => `${invariant} (${count}: ${ids.join(", ")} …)`);
  throw new Misconfigured(`the copy differs from the file: ${list.join("; ")}. Nothing was changed in the file`);
}
