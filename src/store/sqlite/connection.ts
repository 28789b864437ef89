import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { assert, Misconfigured } from "../../core/errors.ts";
import { InUse } from "../in-use.ts";
import { readMigrations } from "../migrations.ts";
import { checkFile } from "./file-checks.ts";

export type Db = Database.Database;

/** SQLite's name for a database without a file. */
export const IN_MEMORY = ":memory:";

export const MIGRATIONS = readMigrations(new URL("./migrations/", import.meta.url));

/** How long a commit waits for another program's write lock (an operator's shell). It blocks the event loop. */
const BUSY_TIMEOUT_MS = 250;

/** Opens the file, creates and migrates it if needed. Throws `Misconfigured` with what to do. */
export function openDb(file: string): { readonly db: Db; readonly migrated: readonly string[] } {
  try {
    return openAndMigrate(file);
  } catch (error) {
    throw error instanceof Database.SqliteError ? cannotOpen(file, error) : error;
  }
}

function cannotOpen(file: string, error: Error & { readonly code: string }): Misconfigured {
  const advice = ADVICE[error.code] ?? error.message;
  return new Misconfigured(`can't open the database ${file} (${error.code}): ${advice}`, { cause: error });
}

const FULL = "the disk is full. Make room on it and start again: what was acked is still there";

const ADVICE: Readonly<Record<string, string>> = {
  SQLITE_CANTOPEN: "it must be a file, not a folder, that this user may read and write, on a disk with room for it",
  SQLITE_READONLY: "this user must be allowed to write to it and to its folder",
  SQLITE_NOTADB: "it is not a SQLite database; it was left as it is. Name another file",
  SQLITE_CORRUPT: "it is damaged. Restore a backup, or let `sqlite3 FILE .recover` save what it can",
  SQLITE_FULL: FULL,
  SQLITE_IOERR_SHMSIZE: FULL,
  SQLITE_BUSY: "another program holds a lock on it",
};

function openAndMigrate(file: string): { readonly db: Db; readonly migrated: readonly string[] } {
  if (file !== IN_MEMORY) makePrivate(file);
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  db.pragma("journal_mode = WAL");
  // Set, never assumed: better-sqlite3 is built with NORMAL for WAL, and NORMAL loses acked rows on a power cut.
  db.pragma("synchronous = FULL");
  // SQLite's automatic checkpoints hide their errors: `GroupCommit` makes them.
  db.pragma("wal_autocheckpoint = 0");
  // 64 MB: with the default of 2 MB a large group's dirty pages are written to the file before the commit.
  db.pragma("cache_size = -65536");
  // Sorts and the journals of statements that may fail halfway: a file costs system calls.
  db.pragma("temp_store = MEMORY");
  const migrated = migrate(db, file);
  assertSchema(db, file);
  assertDurable(db);
  return { db, migrated };
}

/**
 * Read back after a write: right after opening, the pragma returns FULL even where the first write would switch to NORMAL.
 */
function assertDurable(db: Db): void {
  db.prepare("INSERT INTO probe (only_row, written_at) VALUES (1, 0) ON CONFLICT DO NOTHING").run();
  const synchronous = db.pragma("synchronous", { simple: true });
  const journal = db.pragma("journal_mode", { simple: true });
  assert(synchronous === 2, `SQLite runs synchronous=${synchronous}; only FULL (2) keeps what was acked`);
  assert(journal === "wal" || db.memory, `SQLite runs journal_mode=${journal}; WAL was asked for`);
}

/**
 * Tables and indexes are as this version's migrations make them. A file that a version between two releases made may have
 * the same number and other indexes, and queries would fail later. Added tables and indexes are left alone.
 */
function assertSchema(db: Db, file: string): void {
  const expected = new Database(IN_MEMORY);
  for (const { sql } of MIGRATIONS) expected.exec(sql);
  const found = objectsOf(db);
  const other = [...objectsOf(expected)].find(([name, sql]) => found.get(name) !== sql)?.[0];
  expected.close();
  if (other === undefined) return;
  db.close();
  throw new Misconfigured(
    `${file} was made by a version before this release: its ${other} is another one. It was left as it is. ` +
      "Name another file, or start the version that made it.",
  );
}

/** Tables and indexes by name, in the words that made them. */
function objectsOf(db: Db): Map<string, string> {
  const objects = db.prepare<[], { name: string; sql: string }>(
    "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL",
  );
  return new Map(objects.all().map(({ name, sql }) => [name, sql]));
}

/** Schema version of the file; migrations are numbered from 1. */
export function schemaVersion(db: Db): number {
  return Number(db.pragma("user_version", { simple: true }));
}

/** The names of the migrations that were missing, in order. */
function migrate(db: Db, file: string): string[] {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  const found = schemaVersion(db);
  if (found > newest) {
    db.close();
    throw new Misconfigured(
      `${file} has schema ${found}; this version of Turnpike knows ${newest} and would damage it. ` +
        "Start the newer version again, or restore the backup made before it.",
    );
  }
  return MIGRATIONS.slice(found).map((migration) => {
    db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.version}`);
    }).immediate();
    return migration.name;
  });
}

/**
 * Makes the folder and checks the file: throws `Misconfigured` for a fault, and hands each warning to `onWarning` as
 * whole sentences.
 */
export function prepareFile(file: string, onWarning: (text: string) => void = () => undefined): void {
  makeFolder(dirname(resolve(file)));
  for (const finding of checkFile(file)) {
    if (!("why" in finding)) continue;
    const { found, why, advice } = finding;
    if (finding.level === "fault") throw new Misconfigured(`${found} ${why} ${advice}`);
    onWarning(`${found} ${why} ${advice}`);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC") throw new Misconfigured(`can't make the database's folder ${folder}: ${FULL}`, { cause });
    throw new Misconfigured(`can't make the database's folder ${folder}: ${code}. Give a folder that can be written.`);
  }
}

/**
 * For this user alone: SQLite would make it as the umask says, mostly for everyone to read, and gives its log the mode of
 * the file. One that exists is never opened here: closing it would free the locks that this process holds on it.
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {
    // It exists, or SQLite can't make it either and says why.
  }
}

/** By its real path: two names that lead to one file share the lock. Hard links and mounts of it are refused before. */
export function lockPath(file: string): string {
  return `${existsSync(file) ? realpathSync(file) : file}-lock`;
}

/**
 * Locks the file for this process until `release` or the process's end: the operating system frees the lock even after a
 * crash. The lock is on a separate file, so that a shell or a backup can still read the database.
 */
export function lockFile(file: string): { release: () => void } {
  const name = lockPath(file);
  makePrivate(name);
  let lock: Db | null = null;
  try {
    lock = new Database(name, { timeout: 0 });
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock?.close();
    if (!(cause instanceof Database.SqliteError)) throw cause;
    if (cause.code !== "SQLITE_BUSY") throw cannotOpen(name, cause);
    throw new InUse(
      `another process uses ${file}. One SQLite file belongs to one process: stop the other one, ` +
        "or use PostgreSQL to share the work.",
    );
  }
  const acquired = lock;
  return { release: () => acquired.close() };
}
