/** Seeds on a real PostgreSQL: one schema that is emptied for each. */
import { openGround } from "../ground.ts";
import { rowsOf } from "./rows.ts";
import type { StoreYard } from "./stores.ts";

export async function postgresYard(serverUrl: string, schema: string): Promise<StoreYard> {
  const ground = await openGround(serverUrl, schema);
  return {
    name: "postgres",
    async next() {
      await ground.clear();
      let time = () => 0;
      const select = async <Row>(sql: string, ...values: string[]) => (await ground.query<Row>(sql, ...values)).rows;
      const change = async (sql: string, value: string) => (await ground.query(sql, value)).rowCount ?? 0;
      return {
        name: "postgres",
        isShared: true,
        open: ({ chance }) => ground.open({ chance, now: () => time() }),
        rows: rowsOf({ select, change }),
        select: (sql) => select(sql),
        busy: () => ground.busy(),
        setTime: (now) => {
          time = now;
        },
        wire: ground.wire,
        drop: async () => undefined,
      };
    },
    [Symbol.asyncDispose]: () => ground[Symbol.asyncDispose](),
  };
}
