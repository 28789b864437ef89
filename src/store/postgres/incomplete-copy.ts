import pg from "pg";
import { Misconfigured } from "../../core/errors.ts";
import { describe } from "./open-database.ts";
import { clientConfig } from "./pool.ts";

/** Refuses a database that `turnpike copy` has not filled completely. */
export async function refuseIncompleteCopy(url: string): Promise<void> {
  const client = new pg.Client(clientConfig(url));
  await client.connect();
  try {
    // The table exists only in databases that were copied into.
    const { rows } = await client.query<{ is_there: boolean }>(
      "SELECT to_regclass('turnpike_copy') IS NOT NULL AS is_there",
    );
    if (rows[0]?.is_there !== true) return;
    const half = await client.query<{ source: string }>("SELECT source FROM turnpike_copy WHERE finished_at IS NULL");
    const [row] = half.rows;
    if (row === undefined) return;
    throw new Misconfigured(
      `${describe(url)}: the copy of ${row.source} into it is incomplete. Wait for it, or run turnpike copy again`,
    );
  } finally {
    await client.end();
  }
}
