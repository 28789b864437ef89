/**
 * Goal: what a message costs doesn't grow with the history.
 * Method: every statement of the operations is asked for its plan with walks over whole tables made unattractive: one that
 * walks all the same has no index to use.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { postgresDialect } from "../../src/store/postgres/dialect.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import { sqliteDialect } from "../../src/store/sqlite/dialect.ts";
import { allStatements } from "../../src/store/statement.ts";
import "../../src/store/sqlite/index.ts";
import { freshSchema } from "../support/postgres.ts";

/** Tables of a few rows, and subqueries. */
const SMALL = /Seq Scan on (probe|account|owner)\b/;

/** SQLite's own are of its driver, and have another table `probe`. */
const statements = allStatements()
  .filter((statement) => !statement.compiled(sqliteDialect).text.includes("written_at = ?"))
  .map((statement) => statement.compiled(postgresDialect).text.replace(/\s+/g, " ").trim());

describe("every statement", () => {
  let client: pg.Client;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const schema = await freshSchema(inject("postgresUrl"), "plans");
    drop = schema.drop;
    await (await postgres({ url: schema.url })).close();
    client = new pg.Client({ connectionString: schema.url });
    await client.connect();
    await client.query("SET enable_seqscan = off");
  });
  afterAll(async () => {
    await client.end();
    await drop();
  });

  test.each(statements)("walks no whole table: %s", async (sql) => {
    const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${sql}`);
    const walks = rows.map((row) => row["QUERY PLAN"]).filter((line) => line.includes("Seq Scan"));
    expect(walks.filter((line) => !SMALL.test(line))).toEqual([]);
  });

  test("the oldest of what waits is found without sorting it", async () => {
    const [waiting = ""] = statements.filter((sql) => sql.includes("'collecting' AS state"));
    await client.query("SET enable_sort = off");
    const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${waiting}`);
    await client.query("RESET enable_sort");
    expect(rows.map((row) => row["QUERY PLAN"])).not.toContainEqual(expect.stringMatching(/Sort/));
    expect(rows.length).toBeGreaterThan(10);
  });

  test("what waits for a person is listed without sorting it", async () => {
    const [list = ""] = statements.filter((sql) => sql.includes("ORDER BY (CASE d.state"));
    await client.query("SET enable_sort = off; SET enable_bitmapscan = off");
    const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${list}`);
    await client.query("RESET enable_sort; RESET enable_bitmapscan");
    const plan = rows.map((row) => row["QUERY PLAN"]);
    expect(plan).toContainEqual(expect.stringMatching(/delivery_waiting/));
    expect(plan).not.toContainEqual(expect.stringMatching(/Sort/));
  });
});
