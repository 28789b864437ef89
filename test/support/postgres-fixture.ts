/** A schema of a real PostgreSQL, used for one short run after another, on a clock that the test moves. */
import pg from "pg";
import type { Random } from "../../src/runtime/random.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import { clientConfig } from "../../src/store/postgres/pool.ts";
import type { Store } from "../../src/store/store.ts";
import { freshSchema } from "./postgres.ts";
import { type Wire, wireTo } from "./postgres-proxy.ts";
import { TABLES } from "./stores/harness.ts";

export interface OpenParts {
  readonly random: Random;
  /** The database's clock, looked at before each call. */
  readonly now: () => number;
}

export interface PostgresFixture extends AsyncDisposable {
  readonly url: string;
  /** The way of every store to the database. */
  readonly wire: Wire;
  /** Deletes every row. Call it when all stores are closed. */
  clear(): Promise<void>;
  open(parts: OpenParts): Promise<Store>;
  /** By a connection of its own. `?` stands for the value. */
  query<Row>(sql: string, ...values: string[]): Promise<pg.QueryResult & { readonly rows: Row[] }>;
  /** Resolves when no call and no query is on its way; `null` when none is. */
  busy(): Promise<void> | null;
}

/** ConnectionPool of a process: enough for its loops to meet one another. */
const CONNECTIONS = 3;

// Nothing of the clock is written to the log, so that moving it costs no disk.
const MANUAL_CLOCK = `
  CREATE UNLOGGED TABLE manual_clock (time BIGINT NOT NULL);
  INSERT INTO manual_clock VALUES (0);
  CREATE OR REPLACE FUNCTION turnpike_clock() RETURNS BIGINT LANGUAGE sql VOLATILE AS 'SELECT time FROM manual_clock'`;

export async function openPostgresFixture(serverUrl: string, schema: string): Promise<PostgresFixture> {
  const { url, drop } = await freshSchema(serverUrl, schema);
  await (await postgres({ url, notify: false })).close();
  const raw = new pg.Pool({ ...clientConfig(url), max: 2 });
  await raw.query(MANUAL_CLOCK);
  const wire = await wireTo(url);
  const work = new Busy();
  let set = 0;

  /** Other calls of that moment wait for it too. */
  async function move(now: number): Promise<void> {
    if (now === set) return await moved;
    set = now;
    moved = moved.then(() => raw.query("UPDATE manual_clock SET time = $1", [now])).then(() => undefined);
    await moved;
  }
  let moved = Promise.resolve();

  return {
    url,
    wire,
    busy: () => work.busy(),
    query: (sql, ...values) => work.of(() => raw.query(sql.replace("?", "$1"), values)),
    async clear() {
      const empty = [...TABLES, "owner"].map((table) => `DELETE FROM ${table};`).join("");
      await raw.query(`${empty} UPDATE probe SET written_at = 0, ahead_ms = 0`);
    },
    open: ({ random, now }) =>
      work.of(async () => {
        await move(now());
        const store = await postgres({ url: wire.url, random, connections: CONNECTIONS, notify: false });
        return counted(store, work, () => move(now()));
      }),
    async [Symbol.asyncDispose]() {
      await wire.close();
      await raw.end();
      await drop();
    },
  };
}

/** What is on its way. */
class Busy {
  #count = 0;
  #idle = Promise.withResolvers<void>();

  busy(): Promise<void> | null {
    return this.#count === 0 ? null : this.#idle.promise;
  }

  async of<T>(work: () => Promise<T>): Promise<T> {
    this.#count += 1;
    try {
      return await work();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) {
        this.#idle.resolve();
        this.#idle = Promise.withResolvers();
      }
    }
  }
}

/** Each call begins when the clock stands where it should, and time stands still until it has ended. */
function counted(store: Store, work: Busy, ready: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, property: keyof Store) {
      const method = target[property] as ((...args: unknown[]) => Promise<unknown>) | undefined;
      if (method === undefined) return undefined;
      return (...args: unknown[]) =>
        work.of(async () => {
          await ready();
          return await method(...args);
        });
    },
  });
}
