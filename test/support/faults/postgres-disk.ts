import pg from "pg";
import { postgres } from "../../../src/store/postgres/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { freshSchema } from "../postgres.ts";
import type { Disk } from "./disk.ts";

/** A schema of its own, whose clock is the world's: it is set before each call. */
export async function postgresDisk(serverUrl: string, name: string): Promise<Disk & { readonly url: string }> {
  const { url, drop } = await freshSchema(serverUrl, name);
  await (await postgres({ url, notify: false })).close();
  const raw = new pg.Client({ connectionString: url });
  await raw.connect();
  await raw.query(`
    CREATE TABLE manual_clock (time BIGINT NOT NULL);
    INSERT INTO manual_clock VALUES (0);
    CREATE OR REPLACE FUNCTION turnpike_clock() RETURNS BIGINT LANGUAGE sql VOLATILE AS 'SELECT time FROM manual_clock'`);
  let busy = 0;

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    busy += 1;
    try {
      return await work();
    } finally {
      busy -= 1;
    }
  }

  return {
    url,
    isBusy: () => busy > 0,
    open: ({ clock, chance }) =>
      counted(async () => {
        let set = 0;
        let moved = Promise.resolve();
        const move = () => {
          const now = clock.now();
          if (now === set) return moved;
          set = now;
          moved = moved.then(() => raw.query("UPDATE manual_clock SET time = $1", [now])).then(() => undefined);
          return moved;
        };
        const store = await postgres({ url, chance, connections: 4, notify: false });
        return new Proxy(store, {
          get(target, property: keyof Store) {
            const method = target[property] as ((...args: unknown[]) => Promise<unknown>) | undefined;
            if (method === undefined) return undefined;
            return (...args: unknown[]) =>
              counted(async () => {
                await move();
                return await method(...args);
              });
          },
        });
      }),
    select: async (sql) => (await raw.query<Record<string, unknown>>(sql)).rows,
    async drop() {
      await raw.end();
      await drop();
    },
  };
}
