/**
 * Goal: any number of processes start on one database at the same moment, and one that can't work with it says why and
 * ends, without a password in its words.
 * Method: a fresh schema a test, on a real server.
 */
import pg from "pg";
import { afterAll, expect, inject, test } from "vitest";
import { Misconfigured } from "../../src/core/errors.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import { MIGRATIONS } from "../../src/store/postgres/migrate.ts";
import { clientConfig, prepareSession } from "../../src/store/postgres/pool.ts";
import { freshSchema } from "../support/postgres.ts";

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
  for (const store of stores) await store.probe();
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
