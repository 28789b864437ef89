/** `GET /api/nodes`: the processes that share the database. */
import type { Hono } from "hono";
import { z } from "zod";
import { Unavailable } from "../../core/errors.ts";
import type { Deps } from "../../pipeline/deps.ts";
import { VERSION } from "../../runtime/version.ts";
import { list, time } from "./wire.ts";

export type NodesDeps = Pick<Deps, "store" | "ownership">;

export const NODES = z.object({
  /** The process that answers. */
  owner: z.string(),
  nodes: list(
    z.object({
      owner: z.string(),
      isThis: z.boolean(),
      /** By its heartbeats. One that isn't is listed until all that it held is reclaimed. */
      isAlive: z.boolean(),
      /** Without another heartbeat, by the database's clock; `null`: it has ended, or has the database for itself. */
      aliveUntil: time.nullable(),
      /** `null`: it hasn't told. */
      version: z.string().nullable(),
    }),
  ),
});
/** As it is on the wire. */
export type NodesWire = z.input<typeof NODES>;

export function mountNodes(api: Hono, deps: NodesDeps): void {
  api.get("/nodes", async (c) =>
    c.json(z.encode(NODES, { owner: deps.ownership.owner, nodes: await readNodes(deps) })),
  );
}

async function readNodes({ store, ownership }: NodesDeps) {
  const { owner } = ownership;
  if (store.listNodes === undefined) {
    return [{ owner, isThis: true, isAlive: true, aliveUntil: null, version: VERSION }];
  }
  return (await store.listNodes()).map((node) => ({ ...node, isThis: node.owner === owner }));
}

/** Processes that are alive; `null` while the store is unavailable. */
export async function countNodes(deps: NodesDeps): Promise<number | null> {
  try {
    return (await readNodes(deps)).filter(({ isAlive }) => isAlive).length;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return null;
  }
}
