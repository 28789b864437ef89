/** A SQLite file as the source of `turnpike copy`: locked for this process, and never changed. */
import { existsSync, realpathSync } from "node:fs";
import type Database from "better-sqlite3";
import { assert, Misconfigured } from "../../core/errors.ts";
import { INVARIANTS, violationsOf } from "../copy/invariants.ts";
import type { CopySource, Row } from "../copy/source.ts";
import { type Db, lockFile, openDb, prepareFile } from "./connection.ts";

/** Tables of the database's own state: PostgreSQL has its own row. */
const NOT_COPIED: ReadonlySet<string> = new Set(["probe"]);

/** Throws `Misconfigured` when the file is missing or a gateway uses it. */
export function openCopySource(file: string): CopySource {
  if (!existsSync(file)) throw new Misconfigured(`there is no file ${file} to copy`);
  prepareFile(file);
  const lock = lockFile(file);
  let db: Db;
  try {
    db = openDb(file).db;
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    ...reading(db, realpathSync(file)),
    [Symbol.dispose]() {
      db.close();
      lock.release();
    },
  };
}

function reading(db: Database.Database, name: string): Omit<CopySource, typeof Symbol.dispose> {
  return {
    name,
    tables() {
      const names = db.prepare<[], { name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
      );
      const columns = db.prepare<[string], { name: string }>("SELECT name FROM pragma_table_info(?)");
      const kept = names.all().filter((table) => !NOT_COPIED.has(table.name));
      return new Map(kept.map((table) => [table.name, columns.all(table.name).map((column) => column.name)]));
    },
    count(table) {
      const row = db.prepare<[], { count: number }>(`SELECT count(*) AS count FROM ${table}`).get();
      assert(row !== undefined, "a count has one row");
      return row.count;
    },
    rows: ({ name: table, columns }) => db.prepare<[], Row>(`SELECT ${columns.join(", ")} FROM ${table}`).iterate(),
    writtenAt: () => db.prepare<[], { written_at: number }>("SELECT written_at FROM probe").get()?.written_at ?? 0,
    violations: () =>
      Object.entries(INVARIANTS).flatMap(([invariant, sql]) => {
        const found = db.prepare<[], { id: string }>(sql).all();
        return violationsOf(
          invariant,
          found.map(({ id }) => id),
        );
      }),
  };
}
