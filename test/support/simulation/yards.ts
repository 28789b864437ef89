import { postgresYard } from "./postgres-yard.ts";
import { type StoreYard, sqliteYard } from "./stores.ts";

/** Where those seeds are played. Shares at work beside one another have a schema each. */
export async function yardOf({ from, postgresUrl }: { from: number; postgresUrl?: string }): Promise<StoreYard> {
  return postgresUrl === undefined ? sqliteYard : await postgresYard(postgresUrl, `seeds_from_${from}`);
}
