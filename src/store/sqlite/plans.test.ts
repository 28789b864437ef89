/**
 * Goal: what a message costs doesn't grow with the history. Method: every statement that the store prepares is asked
 * for its plan, and none may walk a whole table.
 */
import { describe, expect, test } from "vitest";
import { systemChance } from "../../runtime/chance.ts";
import { systemClock } from "../../runtime/clock.ts";
import { assemble } from "./assemble.ts";
import { openDb } from "./db.ts";
import type { Statements } from "./statements.ts";
import { storeClock } from "./store-clock.ts";
import { Writer } from "./writer.ts";

/** Walks over what is small: rows that wait, each of them wanted; a subquery that ends itself; tables of a few rows. */
const SMALL = [
  /USING (COVERING )?INDEX (turn_(collecting_due|ready_(due|since)|lease|one_leased|one_collecting|ready_in_order|dead))/,
  /USING (COVERING )?INDEX (delivery_(due|lease|waiting|one_sending))/,
  /^SCAN (newest|counted|load|up|account|probe|json_each)\b/,
];

/** A range over the primary key is a walk over everything before it. */
const WALK = /^SCAN (?!CONSTANT|\d|\()|PRIMARY KEY \(rowid[<>]/;

function preparedStatements(): string[] {
  const statements: string[] = [];
  const { db } = openDb(":memory:");
  const prepare = (sql: string) => {
    statements.push(sql);
    return db.prepare(sql);
  };
  const listening: Statements = { prepare: prepare as Statements["prepare"] };
  const clock = storeClock(systemClock(), listening);
  assemble(db, { db: listening, clock, chance: systemChance() }, new Writer(db, () => undefined), () => undefined);
  db.close();
  return [...new Set(statements)].filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(sql));
}

describe("the plan of every statement", () => {
  const { db } = openDb(":memory:");

  test("asks for the oldest of what waits without sorting it", () => {
    const [waiting = ""] = preparedStatements().filter((sql) => sql.includes("'collecting' AS state"));
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${waiting}`).all() as { detail: string }[];
    expect(plan.map(({ detail }) => detail)).not.toContainEqual(expect.stringMatching(/TEMP B-TREE/));
    expect(plan.length).toBeGreaterThan(10);
  });

  test("lists what waits for a person without sorting it", () => {
    const lists = preparedStatements().filter((sql) => sql.includes("ORDER BY d.state_since DESC"));
    const plans = lists.flatMap((sql) => {
      const parameters = Object.fromEntries([...sql.matchAll(/:(\w+)/g)].map(([, name = ""]) => [name, 1]));
      return db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(parameters) as { detail: string }[];
    });
    const details = plans.map(({ detail }) => detail);
    expect(details).toContainEqual(expect.stringMatching(/INDEX delivery_listed \(state=\?/));
    expect(details).not.toContainEqual(expect.stringMatching(/TEMP B-TREE/));
  });

  test.each(preparedStatements().map((sql) => [sql.replace(/\s+/g, " ").trim()]))("walks no whole table: %s", (sql) => {
    const parameters = Object.fromEntries([...sql.matchAll(/:(\w+)/g)].map(([, name = ""]) => [name, 1]));
    const positional = sql.match(/\?/g)?.map(() => 1) ?? [];
    const plan = db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...(positional.length > 0 ? positional : [parameters])) as {
      detail: string;
    }[];
    const walks = plan.map((row) => row.detail).filter((detail) => WALK.test(detail));
    // The newest row of a table is found by walking backwards and stopping at once.
    const stopsAtOnce = /ORDER BY seq DESC LIMIT 1\b/.test(sql);
    expect(walks.filter((detail) => !stopsAtOnce && !SMALL.some((small) => small.test(detail)))).toEqual([]);
  });
});
