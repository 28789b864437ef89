import { openPostgresFixture, type PostgresFixture } from "../postgres-fixture.ts";
import type { Disk } from "./disk.ts";

/** An empty database on a schema that others have used before, whose clock is the world's. */
export async function diskOn(fixture: PostgresFixture): Promise<Disk & { readonly url: string }> {
  await fixture.clear();
  return {
    url: fixture.url,
    busy: () => fixture.busy(),
    open: ({ clock, random }) => fixture.open({ random, now: clock.now }),
    select: async (sql) => (await fixture.query<Record<string, unknown>>(sql)).rows,
    drop: async () => undefined,
  };
}

/** A schema of its own. */
export async function postgresDisk(serverUrl: string, name: string): Promise<Disk & { readonly url: string }> {
  const fixture = await openPostgresFixture(serverUrl, name);
  return { ...(await diskOn(fixture)), drop: async () => await fixture[Symbol.asyncDispose]() };
}
