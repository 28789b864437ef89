import { postgresStoreFixture } from "./postgres-store-fixture.ts";
import { type StoreFixture, sqliteStoreFixture } from "./stores.ts";

/** Where those seeds are played. Shares at work beside one another have a schema each. */
export async function storeFixtureOf({
  from,
  postgresUrl,
}: {
  from: number;
  postgresUrl?: string;
}): Promise<StoreFixture> {
  return postgresUrl === undefined ? sqliteStoreFixture : await postgresStoreFixture(postgresUrl, `seeds_from_${from}`);
}
