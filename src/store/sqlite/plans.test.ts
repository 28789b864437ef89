/**
 * Goal: what a message costs doesn't grow with the history. Method: every statement of the operations is asked for its
 * plan, and none may walk a whole table.
 */
import { describe, expect, test } from "vitest";
import "../create-store.ts";
// Its statements are left out below, also where another test of the same worker has loaded them.
import "../postgres/index.ts";
import { allStatements } from "../statement.ts";
import { openDb } from "./connection.ts";
import { sqliteDialect } from "./dialect.ts";

/** Walks over what is small: rows that wait, each of them wanted; a subquery that ends itself; tables of a few rows. */
const SMALL = [
  /USING (COVERING )?INDEX (turn_(collecting_due|ready_(due|since)|one_leased|one_collecting|ready_in_order|dead))/,
  /USING (COVERING )?INDEX (delivery_(due|waiting|one_sending))/,
  /^SCAN (counted|walked|bundle|up|ready|account|probe|json_each)\b/,
];

/** A range over the primary key is a walk over everything before it. */
const WALK = /^SCAN (?!CONSTANT|\d|\()|PRIMARY KEY \(rowid[<>]/;

/** Those of the other database name its clock or its arrays. */
const statements = allStatements()
  .map((statement) => statement.compiled(sqliteDialect))
  .filter(
    ({ text }) => !/turnpike_clock|unnest|FOR UPDATE|pg_|::text|\b(FROM|INTO|UPDATE) owner\b|\bowner AS o\b/.test(text),
  );

describe("the plan of every statement", () => {
  const { db } = openDb(":memory:");
  const planOf = ({ text, names }: { text: string; names: readonly string[] }): string[] => {
    const rows = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...names.map(() => "1")) as { detail: string }[];
    return rows.map(({ detail }) => detail);
  };

  test("asks for the oldest of what waits without sorting it", () => {
    const waiting = statements.filter(({ text }) => text.includes("'collecting' AS state"));
    expect(waiting).toHaveLength(1);
    const plan = waiting.flatMap(planOf);
    expect(plan).not.toContainEqual(expect.stringMatching(/TEMP B-TREE/));
    expect(plan.length).toBeGreaterThan(10);
  });

  test("lists deliveries that wait, and ready turns, in the order of an index", () => {
    const plans = (order: string) => statements.filter(({ text }) => text.includes(order)).map(planOf);
    const deliveries = plans("ORDER BY (CASE d.state");
    expect(deliveries).toHaveLength(2);
    for (const plan of deliveries) {
      expect(plan).toContainEqual(expect.stringMatching(/INDEX delivery_waiting \(state=\?/));
      expect(plan).not.toContainEqual(expect.stringMatching(/TEMP B-TREE/));
    }
    const ready = plans("ORDER BY t.sealed_at DESC");
    expect(ready).toHaveLength(2);
    for (const plan of ready) {
      expect(plan).toContainEqual(expect.stringMatching(/INDEX turn_(ready_since|failing) \(/));
      // Of the same ms only the ids are sorted.
      expect(plan).not.toContain("USE TEMP B-TREE FOR ORDER BY");
    }
  });

  test("is made once: no parameter stands bare, which would have it made again at every run", () => {
    const parameters = statements.flatMap(({ text }) => text.match(/.?\?/g) ?? []);
    expect(new Set(parameters)).toEqual(new Set(["+?"]));
  });

  test.each(statements.map((compiled) => [compiled.text.replace(/\s+/g, " ").trim(), compiled] as const))(
    "walks no whole table: %s",
    (_, compiled) => {
      const walks = planOf(compiled).filter((detail) => WALK.test(detail));
      // The newest row of a table is found by walking backwards and stopping at once.
      const stopsAtOnce = /ORDER BY seq DESC LIMIT 1\b/.test(compiled.text);
      expect(walks.filter((detail) => !stopsAtOnce && !SMALL.some((small) => small.test(detail)))).toEqual([]);
    },
  );
});
