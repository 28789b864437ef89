import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDb } from "../../../src/store/sqlite/connection.ts";

/** A disk in memory, where there is one: a crash of the process, not of the disk, is what these files must survive. */
export const MEMORY_FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

let empty: Buffer | null = null;

/**
 * A folder of its own with an empty database that has its schema. It is made once and copied: it costs more than most
 * tests. Whoever asks removes the folder.
 */
export function emptySqlite(): { readonly folder: string; readonly file: string } {
  empty ??= migrated();
  const folder = mkdtempSync(join(MEMORY_FOLDER, "turnpike-"));
  const file = join(folder, "turnpike.db");
  writeFileSync(file, empty);
  return { folder, file };
}

function migrated(): Buffer {
  const folder = mkdtempSync(join(MEMORY_FOLDER, "turnpike-empty-"));
  try {
    const file = join(folder, "empty.db");
    openDb(file).db.close();
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
