/**
 * Goal: what a message costs doesn't grow with the history, and rows can be spread by slot.
 * Method: every statement that the store prepares is asked for its plan with walks over whole tables made unattractive:
 * one that walks all the same has no index to use. The statements of one conversation must name its slot.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { systemChance } from "../../src/runtime/chance.ts";
import { Db, type Statement } from "../../src/store/postgres/db.ts";
import { prepareGroupIngest } from "../../src/store/postgres/group-ingest.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import { prepareLocks } from "../../src/store/postgres/lock.ts";
import { prepareOperations } from "../../src/store/postgres/operations.ts";
import { prepareOwners } from "../../src/store/postgres/owners.ts";
import { storeClock } from "../../src/store/postgres/store-clock.ts";
import { freshSchema } from "../support/postgres.ts";

/** Tables of a few rows, and subqueries. */
const SMALL = /Seq Scan on (probe|account|owner)\b/;
/** They look for work everywhere, are of no conversation, or have the slot in what they are given. */
const EVERYWHERE = [
  /FROM turn( AS t)?( JOIN conversation AS c USING \(slot, conversation_id\))? WHERE (t\.)?(state|ended_at) /,
  /FROM delivery( AS d)? (WHERE|JOIN conversation AS c ON c\.slot = d\.slot)/,
  /FROM event WHERE turn_id IS NULL/,
  /FROM operator_action( AS o)? WHERE (at|\(o\.at)/,
  /^SELECT (.?(collecting|min)|pg_current)|account|probe|dedup_key/,
  /owner = ANY|INTO owner|UPDATE owner|FROM owner AS o (CROSS|WHERE o\.owner = ANY)/,
];

class Recorder extends Db {
  readonly statements: string[] = [];

  override prepare<P extends unknown[], R>(sql: string): Statement<P, R> {
    this.statements.push(sql.replace(/\s+/g, " ").trim());
    return super.prepare<P, R>(sql);
  }
}

function preparedStatements(): string[] {
  const db = new Recorder(new pg.Client());
  const clock = storeClock(db);
  const context = { db, clock, chance: systemChance() };
  prepareLocks(db);
  prepareOperations(context);
  prepareOwners(context);
  prepareGroupIngest(context);
  return [...new Set(db.statements)];
}

describe("every statement", () => {
  const statements = preparedStatements();
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
    const [list = ""] = statements.filter((sql) => sql.includes("ORDER BY d.state_since DESC"));
    await client.query("SET enable_sort = off; SET enable_bitmapscan = off");
    const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${list}`);
    await client.query("RESET enable_sort; RESET enable_bitmapscan");
    const plan = rows.map((row) => row["QUERY PLAN"]);
    expect(plan).toContainEqual(expect.stringMatching(/delivery_listed/));
    expect(plan).not.toContainEqual(expect.stringMatching(/Sort/));
  });

  test.each(statements.filter((sql) => !EVERYWHERE.some((kind) => kind.test(sql))))("names the slot: %s", (sql) => {
    expect(sql).toMatch(/slot = \$1|\(slot, |\.slot = /);
  });
});
