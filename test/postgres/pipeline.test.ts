/**
 * Goal: statements that travel together give what they would give alone, in their order, and one that fails fails only what
 * comes behind it.
 */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Pipeline } from "../../src/store/postgres/pipeline.ts";
import { ROW_TYPES } from "../../src/store/postgres/pool.ts";
import { freshSchema } from "../support/postgres.ts";
import { type Wire, wireTo } from "../support/postgres-proxy.ts";

let drop: () => Promise<void>;
let wire: Wire;
let pool: pg.Pool;
let client: pg.PoolClient;
let pipeline: Pipeline;
beforeAll(async () => {
  const schema = await freshSchema(inject("postgresUrl"), "pipeline");
  drop = schema.drop;
  wire = await wireTo(schema.url);
  pool = new pg.Pool({ connectionString: wire.url, max: 1 });
  client = await pool.connect();
  client.on("error", () => undefined);
  pipeline = new Pipeline(client, ROW_TYPES);
  await client.query("CREATE TABLE word (word TEXT PRIMARY KEY, place BIGINT)");
});
afterAll(async () => {
  client.release(true);
  await pool.end();
  await wire.close();
  await drop();
});

const insert = (word: string | null, place: string | null = "1") =>
  pipeline.run("insert", "INSERT INTO word (word, place) VALUES ($1, $2)", [word, place]);

const words = () => pipeline.run("words", "SELECT word, place FROM word ORDER BY place, word", []);

test("runs in the order of the calls: each sees what the ones before it have written", async () => {
  const [, before, , after, gone] = await Promise.all([
    insert("one"),
    words(),
    insert("two", null),
    words(),
    pipeline.run("clear", "DELETE FROM word", []),
  ]);
  expect(before.rows).toEqual([{ word: "one", place: 1 }]);
  expect(after.rows).toEqual([
    { word: "one", place: 1 },
    { word: "two", place: null },
  ]);
  expect(gone.changes).toBe(2);
});

test("what is issued while others are under way goes next", async () => {
  const first = insert("first");
  await turnOfTheLoop();
  expect((await Promise.all([first, words()]))[1].rows).toEqual([{ word: "first", place: 1 }]);
  await pipeline.run("clear", "DELETE FROM word", []);
});

test("a statement that fails takes what comes behind it along, and the next round trip works again", async () => {
  const untried = () => pipeline.run("untried", "SELECT $1 AS given", ["a"]);
  const ends = await Promise.allSettled([words(), insert(null), untried(), words()]);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
  expect(ends[1]).toMatchObject({ reason: { code: "23502" } });
  expect(ends[2]).toMatchObject({ reason: { code: "23502" } });
  const [{ rows }, given] = await Promise.all([words(), untried()]);
  expect(rows).toEqual([]);
  expect(given.rows).toEqual([{ given: "a" }]);
});

test("a statement that can't be prepared fails each time, with its own error", async () => {
  const wrong = () => pipeline.run("wrong", "SELECT nothing", []);
  await expect(wrong()).rejects.toMatchObject({ code: "42703" });
  await expect(Promise.all([wrong(), words()])).rejects.toMatchObject({ code: "42703" });
  expect((await words()).rows).toEqual([]);
});

test("a transaction that failed stays failed until it is rolled back", async () => {
  await pipeline.run("begin", "BEGIN", []);
  await expect(insert(null)).rejects.toMatchObject({ code: "23502" });
  await expect(words()).rejects.toMatchObject({ code: "25P02" });
  await client.query("ROLLBACK");
  expect((await words()).rows).toEqual([]);
});

/** A pipeline on a connection of its own, which the test breaks. */
async function lone(options: pg.PoolConfig, issue: (alone: Pipeline) => Promise<unknown>): Promise<void> {
  const own = new pg.Pool({ connectionString: wire.url, max: 1, ...options });
  const connection = await own.connect();
  connection.on("error", () => undefined);
  await issue(new Pipeline(connection, ROW_TYPES)).finally(() => connection.release(true));
  await own.end();
}

const sleep = (on: Pipeline) => on.run("slow", "SELECT pg_sleep(60)", []);

test("without an answer from the server it fails, and so does what waits behind it", async () => {
  await lone({ query_timeout: 200 }, async (alone) => {
    const slow = sleep(alone);
    await turnOfTheLoop();
    const ends = await Promise.allSettled([slow, sleep(alone)]);
    expect(ends).toMatchObject([{ reason: { message: "Query read timeout" } }, { status: "rejected" }]);
  });
});

test("a connection that breaks fails what is under way and what comes after", async () => {
  await lone({}, async (alone) => {
    const slow = sleep(alone);
    await turnOfTheLoop();
    wire.disconnectAll();
    await expect(slow).rejects.toThrow(Error);
    await expect(sleep(alone)).rejects.toThrow("not queryable");
  });
});
