/**
 * Goal: any number of processes start on one database at the same moment, and one that can't work with it says why and
 * ends, without a password in its words.
 * Method: a fresh schema a test, on a real server.
 */
import { type AddressInfo, createServer } from "node:net";
import pg from "pg";
import { afterAll, expect, inject, test } from "vitest";
import { Misconfigured } from "../../src/core/errors.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { checkPostgres } from "../../src/store/postgres/diagnostics.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import { MIGRATIONS } from "../../src/store/postgres/migrate.ts";
import { clientConfig, prepareSession, setMissingLimits } from "../../src/store/postgres/pool.ts";
import { freshSchema } from "../support/postgres.ts";
import { transactionPooler } from "../support/transaction-pooler.ts";

const server = inject("postgresUrl");
const drops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const drop of drops) await drop();
});

async function schema(name: string): Promise<string> {
  const { url, drop } = await freshSchema(server, name);
  drops.push(drop);
  return url;
}

async function query<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function refusal(url: string): Promise<string> {
  const opened = postgres({ url, startWaitMs: 0 });
  await expect(opened).rejects.toThrow(Misconfigured);
  return await opened.then(
    () => "",
    (error: Error) => error.message,
  );
}

test("six processes that start at the same moment make one schema", async () => {
  const url = await schema("six_starts");
  const stores = await Promise.all(Array.from({ length: 6 }, () => postgres({ url, connections: 1 })));
  for (const store of stores) await store.checkCommit();
  await Promise.all(stores.map((store) => store.close()));
  const versions = await query<{ version: number }>(url, "SELECT version FROM turnpike_schema ORDER BY version");
  expect(versions).toEqual(MIGRATIONS.map(({ version }) => ({ version })));
});

test("a database of a newer version is refused, and left as it is", async () => {
  const url = await schema("newer");
  await (await postgres({ url })).close();
  await query(url, "INSERT INTO turnpike_schema (version, name) VALUES (999, 'from the future')");
  expect(await refusal(url)).toMatch(/has schema 999; this version of Turnpike knows \d+/);
});

test("a wrong database is refused at once, with what to do and without the password", async () => {
  const missing = new URL(server);
  missing.pathname = "/no_such_database";
  const words = await refusal(missing.href);
  expect(words).toContain("no such database");
  expect(words).not.toContain(missing.password);
});

test("a server that nobody answers for is said to be away", async () => {
  const nobody = new URL(server);
  nobody.port = "1";
  expect(await refusal(nobody.href)).toMatch(/can't use the database 127\.0\.0\.1:1\/postgres: .*ECONNREFUSED/);
});

test("commits are on the disk when they are answered, whatever the role was set to", async () => {
  const url = new URL(server);
  url.searchParams.set("options", "-c synchronous_commit=off");
  const client = new pg.Client(clientConfig(url.href));
  await client.connect();
  await prepareSession(client);
  const { rows } = await client.query<{ synchronous_commit: string }>("SHOW synchronous_commit");
  await client.end();
  expect(rows).toEqual([{ synchronous_commit: "on" }]);
});

/** What the doctor finds wrong with it. */
async function examined(url: string) {
  const findings = await checkPostgres({ url, clock: systemClock() });
  return findings.filter((one) => "why" in one);
}

test.each(["last", "longest"] as const)(
  "a pooler that gives each transaction another session, the one that was used %s, is refused before anything is made",
  async (order) => {
    const url = await schema(`pooled_${order}`);
    await using pooler = await transactionPooler(url, order);
    expect(await refusal(pooler.url)).toMatch(/pool_mode = transaction.*pool_mode = session/);
    expect(await examined(pooler.url)).toContainEqual(
      expect.objectContaining({ check: "pooler", level: "fault", found: expect.stringMatching(/another session/) }),
    );
    expect(await query(url, "SELECT to_regclass('turnpike_schema') AS made")).toEqual([{ made: null }]);
  },
);

test("a server without a pooler is none", async () => {
  const url = await schema("not_pooled");
  await (await postgres({ url, connections: 1 })).close();
  expect(await examined(url)).not.toContainEqual(expect.objectContaining({ check: "pooler" }));
});

test("a pooler that refuses the limits of a connection is named at once, with what to set", async () => {
  // pgbouncer 1.18's own answer to the first message.
  await using pooler = await refusing("unsupported startup parameter: statement_timeout");
  const advice = /ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout/;
  expect(await refusal(pooler.url)).toMatch(advice);
  expect(await examined(pooler.url)).toMatchObject([{ check: "database", found: expect.stringMatching(advice) }]);
});

test("limits that a pooler has ignored are set all the same", async () => {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await setMissingLimits(client);
  const { rows } = await client.query<{ setting: string }>(
    "SELECT name, setting FROM pg_settings WHERE name ~ '^(statement|lock|idle_in_transaction_session)_timeout$' ORDER BY 1",
  );
  await client.end();
  expect(rows.map(({ setting }) => setting)).toEqual(["10000", "3000", "5000"]);
});

test("a database whose encoding has no place for an emoji is refused, and the doctor names it", async () => {
  await query(server, "DROP DATABASE IF EXISTS latin");
  await query(server, "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
  drops.push(async () => void (await query(server, "DROP DATABASE latin")));
  const url = new URL(server);
  url.pathname = "/latin";
  expect(await refusal(url.href)).toMatch(/encoding LATIN1; Turnpike needs UTF8.*ENCODING 'UTF8'/);
  expect(await examined(url.href)).toContainEqual(
    expect.objectContaining({ check: "encoding", level: "fault", found: expect.stringMatching(/LATIN1/) }),
  );
});

/** A server that answers the first message with an error and closes. */
async function refusing(message: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const fields = `SFATAL\0VFATAL\0C08P01\0M${message}\0\0`;
  const answer = Buffer.alloc(5 + fields.length);
  answer.write("E", 0);
  answer.writeInt32BE(4 + fields.length, 1);
  answer.write(fields, 5);
  const listener = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    url: `postgres://127.0.0.1:${port}/turnpike`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
