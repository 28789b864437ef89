/** Where the rows of a seed are: a database that outlives its processes. */
import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Random } from "../../../src/runtime/random.ts";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Wire } from "../postgres-proxy.ts";
import { emptySqlite } from "../stores/empty-sqlite.ts";
import { type Rows, rowsOf, type Shell } from "./rows.ts";

/** What the processes of a run share. */
export interface StoreParts {
  /** The machine's clock, as a process that begins now sees it. */
  readonly clock: Clock;
  readonly random: Random;
}

export interface SeedStore {
  readonly name: StoreName;
  /** Whether any number of processes may work on it. If not, a process and its rival share one open store. */
  readonly isShared: boolean;
  /** A process opens it. */
  open(parts: StoreParts): Store | Promise<Store>;
  readonly rows: Rows;
  readonly select: (sql: string) => Promise<readonly unknown[]>;
  /** Resolves when no call to it is on its way; `null` when none is. Until then time stands still. */
  busy(): Promise<void> | null;
  /** Sets its clock, where it has one of its own. */
  setTime(time: () => number): void;
  /** The way to a database that is elsewhere; `null`: it is in the process. */
  readonly wire: Pick<Wire, "disconnectAll" | "disconnectAtCommit"> | null;
  drop(): Promise<void>;
}

export type StoreName = "sqlite" | "postgres";

/** A place for the stores of many seeds, one after another. */
export interface StoreFixture extends AsyncDisposable {
  readonly name: StoreName;
  /** An empty one. */
  next(): Promise<SeedStore>;
}

/** A file for each; in memory where that is possible: what is tested is what was committed, not the disk. */
export const sqliteStoreFixture: StoreFixture = {
  name: "sqlite",
  next: async () => {
    const { folder, file } = emptySqlite();
    const shell = sqliteShell(file);
    return {
      name: "sqlite",
      isShared: false,
      open: (parts) => sqlite({ file, ...parts }),
      rows: rowsOf(shell),
      select: (sql) => shell.select(sql),
      busy: () => null,
      setTime: () => undefined,
      wire: null,
      async drop() {
        shell.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  [Symbol.asyncDispose]: async () => undefined,
};

/** One connection for a whole run, made when the first process has made the file. */
function sqliteShell(file: string): Shell & { close(): void } {
  let opened: Database.Database | null = null;
  const statements = new Map<string, Database.Statement<unknown[]>>();
  const prepare = (sql: string) => {
    opened ??= new Database(file);
    const statement = statements.get(sql) ?? opened.prepare<unknown[]>(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    async select<Row>(sql: string, ...values: string[]) {
      return prepare(sql).all(...values) as Row[];
    },
    change: async (sql, value) => prepare(sql).run(value).changes,
    close: () => opened?.close(),
  };
}
