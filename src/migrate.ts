import { existsSync } from "node:fs";
import { lockFile, openDb, prepareFolder, schemaVersion } from "./store/sqlite/db.ts";

/** Opens the database, which migrates it, and says what that did. Throws `Misconfigured`. */
export function migrate(file: string): string {
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
