/**
 * Goal: a commit whose answer was lost is never taken for done because another transaction has its number now (G1, G8).
 * Method: a server that crashes before the number of an open transaction has reached its disk gives that number once more.
 * A server of this test's own: it is crashed.
 */
import type { PoolClient } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { CommitStatuses } from "../../src/store/postgres/commit-status.ts";
import { ConnectionPool } from "../../src/store/postgres/pool.ts";
import { eventually } from "../e2e/support/eventually.ts";
import { type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";

const clock = systemClock();
let server: PostgresServer;
let connections: ConnectionPool;
let commitStatuses: CommitStatuses;
beforeAll(async () => {
  server = await startPostgresServer();
  await server.createDatabase("reused");
  // Or the log reaches the disk by itself within 200 ms, and the number with it.
  await server.query("ALTER SYSTEM SET wal_writer_delay = '10s'");
  // Nor by others' work: a vacuum's commit, the standbys' snapshot every 15 s.
  for (const off of ["autovacuum = off", "wal_level = minimal", "max_wal_senders = 0"]) {
    await server.query(`ALTER SYSTEM SET ${off}`);
  }
  await server.restart("fast");
  await server.query("CREATE TABLE written (by TEXT)", "reused");
});
afterAll(() => server.destroy());
beforeEach(() => {
  connections = new ConnectionPool({ url: server.url("reused"), connections: 4 }, { clock, random: systemRandom() });
  commitStatuses = new CommitStatuses(connections, clock);
});
afterEach(() => connections.end());

/** A transaction that has written and not committed: its connection, and its number. */
async function begun(): Promise<{ client: PoolClient; xid: string }> {
  const client = await connections.take();
  await client.query("BEGIN");
  await client.query("INSERT INTO written VALUES ('us')");
  const { rows } = await client.query<{ xid: string }>("SELECT pg_current_xact_id()::text AS xid");
  return { client, xid: rows[0]?.xid ?? "" };
}

/** Other transactions commit until one of them has had that number. */
async function giveAway(xid: string): Promise<void> {
  for (let last = 0n; last < BigInt(xid); ) {
    const rows = await server.query<{ xid: string }>("SELECT pg_current_xact_id()::text AS xid", "reused");
    last = BigInt(rows[0]?.xid ?? 0);
  }
}

test("after a crash the number is another transaction's, which has committed: nobody knows what became of ours", async () => {
  const { client, xid } = await begun();
  await server.restart("immediate");
  await giveAway(xid);
  const status = `SELECT pg_xact_status('${xid}'::xid8) AS status, (SELECT count(*)::int FROM written) AS rows`;
  expect(await server.query(status, "reused")).toEqual([{ status: "committed", rows: 0 }]);
  expect(await eventually(() => commitStatuses.of(client, xid))).toBe("unknown");
  client.release(true);
});

test("a server that didn't crash knows: one was committed, the other was not, also after a clean restart", async () => {
  const [done, undone] = [await begun(), await begun()];
  await done.client.query("COMMIT");
  await server.restart("fast");
  expect(await eventually(() => commitStatuses.of(done.client, done.xid))).toBe("committed");
  expect(await commitStatuses.of(undone.client, undone.xid)).toBe("aborted");
  for (const { client } of [done, undone]) client.release(true);
});

test("a server that doesn't let us ask leaves it unknown, and the connection that asked is as good as before", async () => {
  await server.query(
    `
    CREATE ROLE plain LOGIN PASSWORD 'plain'; GRANT ALL ON written TO plain;
    REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text, boolean) FROM PUBLIC`,
    "reused",
  );
  const url = new URL(server.url("reused"));
  [url.username, url.password] = ["plain", "plain"];
  const plain = new ConnectionPool({ url: url.href, connections: 4 }, { clock, random: systemRandom() });
  const client = await plain.take();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  await client.query("BEGIN");
  const { rows: begun } = await client.query<{ xid: string }>("SELECT pg_current_xact_id()::text AS xid");
  await client.query("COMMIT");
  await server.query(`SELECT pg_terminate_backend(${rows[0]?.pid}, 60000)`);
  expect(await new CommitStatuses(plain, clock).of(client, begun[0]?.xid ?? "")).toBe("unknown");
  client.release(true);
  const next = await plain.take();
  expect((await next.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  next.release();
  await plain.end();
});
