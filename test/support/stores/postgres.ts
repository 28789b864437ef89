import pg from "pg";
import type { Random } from "../../../src/runtime/random.ts";
import { postgres } from "../../../src/store/postgres/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";
import { freshSchema } from "../postgres.ts";
import { seededRandom } from "../seeded-random.ts";
import { type Bench, type Row, type StoreHarness, TABLES, type Table } from "./harness.ts";

const INT8 = 20;
pg.types.setTypeParser(INT8, Number);

/** As they were written. Without it the order is that of the table's pages, which a vacuum at any moment makes another. */
const ORDER: Partial<Record<Table, string>> = {
  attempt: "ORDER BY delivery_id, attempt",
  delivery: "ORDER BY seq",
  event: "ORDER BY seq",
  turn: "ORDER BY seq",
};

/**
 * PostgreSQL, in a schema that is emptied for each test. The database's clock is a row that the test moves; whatever is
 * asked of the store waits until the clock has moved there.
 */
export function postgresHarness(serverUrl: string, schema: string, name = "PostgreSQL"): StoreHarness & Closing {
  let prepared: Promise<Prepared> | null = null;
  return {
    name,
    hasRoundTrips: true,
    isShared: true,
    async open() {
      prepared ??= prepare(serverUrl, schema);
      return await openBench(await prepared);
    },
    async close() {
      if (prepared === null) return;
      const { raw, store, drop } = await prepared;
      await store.close();
      await raw.end();
      await drop();
    },
  };
}

interface Closing {
  /** After the last test. */
  close(): Promise<void>;
}

interface Prepared {
  readonly url: string;
  readonly raw: pg.Client;
  /** One for all: a process that came after another would give the same ids anew. */
  readonly random: Random;
  /** Of the tests before, in an emptied schema. A new one would plan every statement anew, a third of a second a test. */
  store: Store;
  drop(): Promise<void>;
}

async function prepare(serverUrl: string, name: string): Promise<Prepared> {
  const { url, drop } = await freshSchema(serverUrl, name);
  await (await postgres({ url })).close();
  const raw = new pg.Client({ connectionString: url });
  await raw.connect();
  await raw.query(`
    CREATE TABLE manual_clock (time BIGINT NOT NULL);
    INSERT INTO manual_clock VALUES (0);
    CREATE OR REPLACE FUNCTION turnpike_clock() RETURNS BIGINT LANGUAGE sql VOLATILE AS 'SELECT time FROM manual_clock'`);
  const random = seededRandom(1);
  return { url, raw, random, store: await openStore({ url, random }), drop };
}

const openStore = (parts: Pick<Prepared, "url" | "random">) => postgres({ ...parts, connections: 4 });

async function openBench(prepared: Prepared): Promise<Bench> {
  const { raw } = prepared;
  const empty = TABLES.map((table) => `DELETE FROM ${table};`).join("");
  const manual = manualClock();
  await raw.query(
    `${empty} DELETE FROM owner; UPDATE probe SET written_at = 0, ahead_ms = 0; UPDATE manual_clock SET time = ${manual.now()}`,
  );
  const others: Store[] = [];
  let moved = Promise.resolve();

  async function move(ms: number): Promise<void> {
    // A process that runs writes down how far time has come, each second: it has, before the clock is set back.
    if (ms < 0) await prepared.store.checkCommit();
    await raw.query("UPDATE manual_clock SET time = time + $1", [ms]);
  }

  const clock: ManualClock = {
    ...manual,
    step(ms) {
      manual.step(ms);
      moved = moved.then(() => move(ms));
    },
    async advance(ms) {
      await manual.advance(ms);
      moved = moved.then(() => move(ms));
      await moved;
    },
  };

  return {
    clock,
    waitsForLeases: true,
    get store() {
      return afterwards(prepared.store, () => moved);
    },
    async crash() {
      await moved;
      await prepared.store.close();
      prepared.store = await openStore(prepared);
    },
    async beside() {
      const other = await openStore(prepared);
      others.push(other);
      return { store: afterwards(other, () => moved) };
    },
    async rows(table, match = {}) {
      const { where, values } = wherever(match);
      return (await raw.query<Row>(`SELECT * FROM ${table} ${where} ${ORDER[table] ?? ""}`, values)).rows;
    },
    async insert(table, row) {
      const columns = Object.keys(row);
      const marks = columns.map((_, index) => `$${index + 1}`).join(", ");
      await raw.query(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`, Object.values(row));
    },
    async change(table, match, set) {
      const columns = Object.keys(set).map((column, index) => `${column} = $${index + 1}`);
      const { where, values } = wherever(match, columns.length);
      await raw.query(`UPDATE ${table} SET ${columns.join(", ")} ${where}`, [...Object.values(set), ...values]);
    },
    async remove(table, match) {
      const { where, values } = wherever(match);
      await raw.query(`DELETE FROM ${table} ${where}`, values);
    },
    allowedValues: (table, column) => allowedValues(raw, table, column),
    async close() {
      await moved;
      await Promise.all(others.map((other) => other.close()));
    },
  };
}

/** Each method waits for `ready` before it begins. */
function afterwards(store: Store, ready: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, property: keyof Store) {
      const method = target[property] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await ready();
        return await method(...args);
      };
    },
  });
}

function wherever(match: Row, before = 0): { where: string; values: unknown[] } {
  const columns = Object.keys(match);
  if (columns.length === 0) return { where: "", values: [] };
  const terms = columns.map((column, index) => `${column} IS NOT DISTINCT FROM $${before + index + 1}`);
  return { where: `WHERE ${terms.join(" AND ")}`, values: Object.values(match) };
}

/** From `CHECK ((column = ANY (ARRAY['a'::text, 'b'::text])))`, as PostgreSQL writes it. */
async function allowedValues(raw: pg.Client, table: string, column: string): Promise<string[]> {
  const { rows } = await raw.query<{ definition: string }>(
    `SELECT pg_get_constraintdef(c.oid) AS definition
     FROM pg_attribute AS a JOIN pg_constraint AS c ON c.contypid = a.atttypid
     WHERE a.attrelid = $1::regclass AND a.attname = $2`,
    [table, column],
  );
  return [...(rows[0]?.definition ?? "").matchAll(/'([^']*)'/g)].map((match) => match[1] ?? "");
}
