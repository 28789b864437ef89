/** SQLite in a world's first run; what it left is copied to PostgreSQL, twice, and the runs after it go on there. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { prepareCopy } from "../../../src/store/index.ts";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import { MEMORY_FOLDER } from "../stores/empty-sqlite.ts";
import type { Disk } from "./disk.ts";
import { postgresDisk } from "./postgres-disk.ts";

export interface MovingDisk extends Disk {
  readonly file: string;
  readonly url: string;
  /** Whether it was copied. */
  hasMoved(): boolean;
}

export interface Moves {
  /** With both, when it was copied. */
  readonly after?: (raw: Database.Database, select: Disk["select"]) => Promise<void>;
}

export async function movingDisk(serverUrl: string, schema: string, moves: Moves = {}): Promise<MovingDisk> {
  const folder = mkdtempSync(join(MEMORY_FOLDER, "turnpike-moving-"));
  const file = join(folder, "history.db");
  const server = await postgresDisk(serverUrl, schema);
  let opened = 0;
  let moving: Promise<void> | null = null;

  async function move(now: number): Promise<void> {
    await server.select(`UPDATE manual_clock SET time = ${now}`);
    const raw = new Database(file);
    try {
      for (let copies = 0; copies < 2; copies++) {
        const copying = await prepareCopy(`sqlite:${file}`, server.url);
        const { violations } = await copying.run({ step: () => undefined, copied: () => undefined });
        if (violations.length > 0) throw new Error(`the history was broken: ${JSON.stringify(violations)}`);
      }
      await moves.after?.(raw, server.select);
    } finally {
      raw.close();
    }
  }

  return {
    file,
    url: server.url,
    hasMoved: () => opened > 1,
    busy: () => moving ?? server.busy?.() ?? null,
    async open(parts) {
      opened += 1;
      if (opened === 1) return sqlite({ file, ...parts });
      const { promise, resolve } = Promise.withResolvers<void>();
      moving = promise;
      try {
        if (opened === 2) await move(parts.clock.now());
        return await server.open(parts);
      } finally {
        moving = null;
        resolve();
      }
    },
    select: async (sql) => {
      if (opened > 1) return await server.select(sql);
      const raw = new Database(file, { readonly: true });
      try {
        return raw.prepare(sql).all();
      } finally {
        raw.close();
      }
    },
    async drop() {
      rmSync(folder, { recursive: true, force: true });
      await server.drop();
    },
  };
}
