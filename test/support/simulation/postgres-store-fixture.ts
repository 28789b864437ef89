/** Seeds on a real PostgreSQL: one schema that is emptied for each. */
import { openPostgresFixture } from "../postgres-fixture.ts";
import { rowsOf } from "./rows.ts";
import type { StoreFixture } from "./stores.ts";

export async function postgresStoreFixture(serverUrl: string, schema: string): Promise<StoreFixture> {
  const fixture = await openPostgresFixture(serverUrl, schema);
  return {
    name: "postgres",
    async next() {
      await fixture.clear();
      let time = () => 0;
      const select = async <Row>(sql: string, ...values: string[]) => (await fixture.query<Row>(sql, ...values)).rows;
      const change = async (sql: string, value: string) => (await fixture.query(sql, value)).rowCount ?? 0;
      return {
        name: "postgres",
        isShared: true,
        open: ({ random }) => fixture.open({ random, now: () => time() }),
        rows: rowsOf({ select, change }),
        select: (sql) => select(sql),
        busy: () => fixture.busy(),
        setTime: (now) => {
          time = now;
        },
        wire: fixture.wire,
        drop: async () => undefined,
      };
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}
