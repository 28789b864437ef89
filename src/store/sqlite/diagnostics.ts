import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { type Finding, fault, ok, skipped, warning } from "../../core/finding.ts";
import type { Clock } from "../../runtime/clock.ts";
import { type Db, lockPath } from "./connection.ts";
import { checkFile, nearestFolder } from "./file-checks.ts";
import { inspectDatabase } from "./inspect-database.ts";

export interface SqliteInspection {
  readonly file: string;
  readonly clock: Clock;
  /** Free disk space below this is a warning, in MiB. */
  readonly freeMib: number;
}

const MIB = 1024 * 1024;
/** Below this the next checkpoint may not fit: the WAL grows to 32 MiB before one is made. */
const LEAST_FREE_MIB = 64;
const REFUSES = "Every webhook is answered 503 until the store can commit; platforms give up on that after a time.";

/**
 * Checks the file, its folder and its disk, read-only, whether a gateway uses it or not. That commits reach the disk is
 * shown by the running gateway: see `GET /ready`.
 */
export function checkSqlite(inspection: SqliteInspection): readonly Finding[] {
  const { file } = inspection;
  const folder = nearestFolder(file);
  const findings = [
    checkRights(file, folder),
    ...checkFile(file),
    checkDisk(folder, inspection.freeMib),
    checkLock(file),
  ];
  if (!existsSync(file)) {
    return [
      ...findings,
      skipped("database", `There is no database ${file} yet: the gateway creates it when it starts.`),
    ];
  }
  // SQLite would delete the log beside an empty file, even where it only reads.
  if (statSync(file).size === 0) return findings;
  return [...findings, ...checkContent(inspection)];
}

/** SQLite also writes beside the file: its WAL, its shared memory, and our lock. */
function checkRights(file: string, folder: string): Finding {
  const needed = [
    folder,
    ...["", "-wal", "-shm", "-lock"].map((end) => `${file}${end}`).filter((one) => existsSync(one)),
  ];
  const refused = needed.find((one) => !isWritable(one));
  if (refused === undefined) return ok("database-rights", `This user may write to ${file} and its folder.`);
  return fault("database-rights", {
    found: `This user may not write to ${refused}, or it is on a disk that is mounted read-only.`,
    why: "The gateway doesn't start; one that runs refuses every webhook.",
    advice: `Run the doctor as the gateway's user. If it is that user: chown it, mount the disk for writing, or name another file in TURNPIKE_DATABASE_URL.`,
  });
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function checkDisk(folder: string, warnBelowMib: number): Finding {
  const { bavail, bsize, ffree, files } = statfsSync(folder);
  const freeMib = Math.floor((bavail * bsize) / MIB);
  // Some file systems have no fixed number of inodes and report 0 of 0.
  const noFiles = files > 0 && ffree === 0;
  if (noFiles || freeMib < LEAST_FREE_MIB) {
    const found = noFiles
      ? `The disk of ${folder} can take no more files.`
      : `${freeMib} MiB are free on the disk of ${folder}.`;
    const advice =
      "Make room or give it a larger disk: what was acked is still there. Retention deletes what is old (docs/settings.md).";
    return fault("free-disk", { found, why: REFUSES, advice });
  }
  if (freeMib < warnBelowMib) {
    return warning("free-disk", {
      found: `${freeMib} MiB are free on the disk of ${folder}; ${warnBelowMib} are asked for.`,
      why: `When it is full: ${REFUSES.charAt(0).toLowerCase()}${REFUSES.slice(1)}`,
      advice: "Make room or give it a larger disk; a shorter retention helps (docs/settings.md).",
    });
  }
  return ok("free-disk", `${freeMib} MiB are free on the disk of ${folder}.`);
}

function checkLock(file: string): Finding {
  switch (isInUse(file)) {
    case true:
      return ok("database-lock", `A gateway uses ${file} now.`);
    case false:
      return skipped("database-lock", `No gateway uses ${file} now.`);
    case null:
      return skipped("database-lock", `Whether a gateway uses ${file} could not be checked.`);
  }
}

/**
 * Whether a gateway holds the lock file: a read of it is refused then. Changes nothing. `null`: this user may not read it.
 */
export function isInUse(file: string): boolean | null {
  const lock = lockPath(file);
  if (!existsSync(lock)) return false;
  try {
    return withDb(lock, { readonly: true }, (db) => {
      db.pragma("schema_version");
      return false;
    });
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    return error.code === "SQLITE_BUSY" ? true : null;
  }
}

/**
 * With a WAL beside it the file is opened read-only. Without one SQLite creates a WAL and, on a read-only connection, leaves
 * it behind: a writable connection removes it again, and `query_only` prevents any other write.
 */
function checkContent({ file, clock }: SqliteInspection): readonly Finding[] {
  const hasLog = existsSync(`${file}-wal`);
  try {
    return withDb(file, { readonly: hasLog }, (db) => {
      db.pragma("query_only = ON");
      return inspectDatabase(db, file, clock.now());
    });
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    return [unreadable(file, error.code)];
  }
}

const DAMAGED: ReadonlySet<string> = new Set(["SQLITE_NOTADB", "SQLITE_CORRUPT"]);

function unreadable(file: string, code: string): Finding {
  const isDamaged = DAMAGED.has(code);
  return fault("database", {
    found: isDamaged ? `${file} is damaged, or no SQLite database (${code}).` : `${file} can't be opened (${code}).`,
    why: "The gateway doesn't start with it.",
    advice: isDamaged
      ? "Restore a backup, or let `sqlite3 FILE .recover` save what it can. Leave the file as it is until then."
      : "Make sure that this user may read and write the file and its folder.",
  });
}

/** How long the check waits for another program's lock, in ms. */
const WAIT_MS = 250;

function withDb<T>(file: string, { readonly }: { readonly: boolean }, check: (db: Db) => T): T {
  const db = new Database(file, { readonly, fileMustExist: true, timeout: readonly ? 0 : WAIT_MS });
  try {
    return check(db);
  } finally {
    db.close();
  }
}
