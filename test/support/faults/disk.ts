/** Where a world's rows are: a database that outlives its processes. */
import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Random } from "../../../src/runtime/random.ts";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { emptySqlite } from "../stores/empty-sqlite.ts";

export interface Disk {
  open(parts: { clock: Clock; random: Random }): Promise<Store>;
  /** Rows, read by somebody who is no part of the gateway. */
  readonly select: (sql: string) => Promise<readonly unknown[]>;
  /** Resolves when no call to it is on its way; `null` when none is. Default: its calls take no time. */
  readonly busy?: () => Promise<void> | null;
  drop(): Promise<void>;
}

/** A file; in memory where that is possible: what is tested is what was committed, not the disk. */
export function sqliteDisk(): Disk {
  const { folder, file } = emptySqlite();
  return {
    open: async (parts) => sqlite({ file, ...parts }),
    async select(sql) {
      const db = new Database(file, { readonly: true });
      try {
        return db.prepare(sql).all();
      } finally {
        db.close();
      }
    },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
