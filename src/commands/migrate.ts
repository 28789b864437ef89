import { existsSync } from "node:fs";
import { systemClock } from "../runtime/clock.ts";
import { describe, openDatabase } from "../store/postgres/open.ts";
import { lockFile, openDb, prepareFolder, schemaVersion } from "../store/sqlite/db.ts";

/** Brings the database's schema up to this version and says what that did. Throws `Misconfigured`. */
export async function migrate(database: { databaseFile: string; postgresUrl: string | null }): Promise<string> {
  const { databaseFile, postgresUrl } = database;
  return postgresUrl === null ? migrateFile(databaseFile) : await migrateServer(postgresUrl);
}

async function migrateServer(url: string): Promise<string> {
  const { version, migrated } = await openDatabase(url, systemClock(), 0);
  const name = describe(url);
  return migrated.length === 0
    ? `${name} has schema ${version}: nothing to do`
    : `${name} has schema ${version} now: ${migrated.join(", ")}`;
}

function migrateFile(file: string): string {
  const isNew = !existsSync(file);
  prepareFolder(file);
  const lock = lockFile(file);
  try {
    const { db, migrated } = openDb(file);
    const version = schemaVersion(db);
    db.close();
    if (isNew) return `${file} was made with schema ${version}`;
    return migrated.length === 0
      ? `${file} has schema ${version}: nothing to do`
      : `${file} has schema ${version} now: ${migrated.join(", ")}`;
  } finally {
    lock.release();
  }
}
