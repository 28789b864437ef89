import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { manualClock } from "../manual-clock.ts";
import { seededRandom } from "../seeded-random.ts";
import { emptySqlite } from "./empty-sqlite.ts";
import type { Bench, Row, StoreHarness, Table } from "./harness.ts";

/** SQLite in a file of its own. A crash is the copy of its files as they are: what a dead process leaves behind. */
export const sqliteHarness: StoreHarness = {
  name: "SQLite",
  async open() {
    const { folder, file } = emptySqlite();
    try {
      return openBench(folder, file);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  },
};

interface Opened {
  readonly file: string;
  readonly store: Store;
  readonly raw: Database.Database;
}

function rethrow(error: Error): never {
  throw error;
}

function openBench(folder: string, first: string): Bench {
  const clock = manualClock();
  const random = seededRandom(1);
  let databases = 0;

  function open(file: string): Opened {
    const store = sqlite({ file, onFatal: rethrow, clock, random });
    return { file, store, raw: new Database(file) };
  }

  async function end(opened: Opened): Promise<void> {
    opened.raw.close();
    await opened.store.close();
  }

  let now = open(first);
  return {
    clock,
    get store() {
      return now.store;
    },
    async crash() {
      const dead = now;
      const file = join(folder, `database-${++databases}.db`);
      for (const part of ["", "-wal"]) {
        if (existsSync(dead.file + part)) copyFileSync(dead.file + part, file + part);
      }
      // Closing tidies up the files that nobody reads any more, and only those.
      await end(dead);
      now = open(file);
    },
    rows: (table, match = {}) => {
      const { where, values } = wherever(match);
      return now.raw.prepare<unknown[], Row>(`SELECT * FROM ${table} ${where}`).all(...values);
    },
    insert: (table, row) => {
      const columns = Object.keys(row);
      const marks = columns.map(() => "?").join(", ");
      now.raw.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`).run(...Object.values(row));
    },
    change: (table, match, set) => {
      const { where, values } = wherever(match);
      const columns = Object.keys(set).map((column) => `${column} = ?`);
      const statement = now.raw.prepare(`UPDATE ${table} SET ${columns.join(", ")} ${where}`);
      statement.run(...Object.values(set), ...values);
    },
    remove: (table, match) => {
      const { where, values } = wherever(match);
      now.raw.prepare(`DELETE FROM ${table} ${where}`).run(...values);
    },
    allowedValues: async (table, column) => allowedValues(now.raw, table, column),
    async close() {
      await end(now);
      rmSync(folder, { recursive: true });
    },
  };
}

function wherever(match: Row): { where: string; values: unknown[] } {
  const columns = Object.keys(match);
  if (columns.length === 0) return { where: "", values: [] };
  return { where: `WHERE ${columns.map((column) => `${column} IS ?`).join(" AND ")}`, values: Object.values(match) };
}

/** From `CHECK (column = 'a' OR column = 'b')` in the words that made the table. */
function allowedValues(raw: Database.Database, table: Table, column: string): string[] {
  const made = raw
    .prepare<[string], { sql: string }>("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?")
    .get(table);
  const list = new RegExp(`CHECK \\(${column} = ([^)]*)\\)`).exec(made?.sql ?? "")?.[1];
  return [...(list ?? "").matchAll(/'([^']*)'/g)].map((match) => match[1] ?? "");
}
