import { type Ground, openGround } from "../ground.ts";
import type { Disk } from "./disk.ts";

/** An empty database on a ground that others have used before, whose clock is the world's. */
export async function diskOn(ground: Ground): Promise<Disk & { readonly url: string }> {
  await ground.clear();
  return {
    url: ground.url,
    busy: () => ground.busy(),
    open: ({ clock, chance }) => ground.open({ chance, now: clock.now }),
    select: async (sql) => (await ground.query<Record<string, unknown>>(sql)).rows,
    drop: async () => undefined,
  };
}

/** A schema of its own. */
export async function postgresDisk(serverUrl: string, name: string): Promise<Disk & { readonly url: string }> {
  const ground = await openGround(serverUrl, name);
  return { ...(await diskOn(ground)), drop: async () => await ground[Symbol.asyncDispose]() };
}
