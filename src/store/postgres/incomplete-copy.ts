import pg from "pg";
import { Misconfigured } from "../../core/errors.ts";
import { describe } from "./open-database.ts";
import { clientConfig } from "./pool.ts";

/** A database into which `turnpike copy` has not brought everything yet is no history to go on from. */
export async function refuseIncompleteCopy(url: string): Promise<void> {
  const client = new pg.Client(clientConfig(url));
  await client.connect();
  try {
    // Most databases were never copied into, and have no such table.
    const { rows } = await client.query<{ is_there: boolean }>(
      "SELECT to_regclass('turnpike_copy') IS NOT NULL AS is_there",
    );
    if (rows[0]?.is_there !== true) return;
    const half = await client.query<{ source: string }>("SELECT source FROM turnpike_copy WHERE finished_at IS NULL");
    const [row] = half.rows;
    if (row === undefined) return;
    throw new Misconfigured(
      `${describe(url)}: the copy of ${row.source} into it has not come to its end. Wait for it, or run turnpike copy again`,
    );
  } finally {
    await client.end();
  }
}
