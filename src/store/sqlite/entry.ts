import { existsSync } from "node:fs";
import { Misconfigured } from "../../core/errors.ts";
import type { Migrated, StoreEntry } from "../entry.ts";
import { lockFile, openDb, prepareFile, schemaVersion } from "./connection.ts";
import { openCopySource } from "./copy-source.ts";
import { checkSqlite } from "./diagnostics.ts";
import { sqlite } from "./index.ts";

const URL_ALLOWED = "sqlite: and the path of a file, as in sqlite:data/turnpike.db";

/** Registry entry of SQLite. */
export const SQLITE: StoreEntry = {
  schemes: ["sqlite"],
  url: { pattern: /^sqlite:(?!\/\/|:memory:).+$/, allowed: URL_ALLOWED, example: "sqlite:turnpike.db" },
  isShared: false,
  describe: fileOf,
  isMissing: (url) => !existsSync(fileOf(url)),
  open: async (url, { clock, random, onFatal, onWarning }) =>
    sqlite({
      file: fileOf(url),
      ...(clock !== undefined && { clock }),
      ...(random !== undefined && { random }),
      ...(onFatal !== undefined && { onFatal }),
      ...(onWarning !== undefined && { onWarning }),
    }),
  migrate: async (url) => migrateFile(fileOf(url)),
  diagnose: async (url, options) => checkSqlite({ file: fileOf(url), ...options }),
  copySource: (url) => openCopySource(fileOf(url)),
};

function fileOf(url: string): string {
  if (SQLITE.url.pattern.test(url)) return url.slice("sqlite:".length);
  throw new Misconfigured(`the address of a SQLite database is ${URL_ALLOWED}`);
}

function migrateFile(file: string): Migrated {
  const isNew = !existsSync(file);
  prepareFile(file);
  const lock = lockFile(file);
  try {
    const { db, migrated } = openDb(file);
    const version = schemaVersion(db);
    db.close();
    return { version, migrated, isNew };
  } finally {
    lock.release();
  }
}
