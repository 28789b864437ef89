/**
 * What a store's implementation gives to the conformance suite: a way to open it, to let it die, and to look at and
 * damage its rows without asking it. The tables and columns are the agreement of DESIGN §7; everything else is not.
 */
import { test } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import type { ManualClock } from "../manual-clock.ts";

/** Everything that a store keeps. Two dumps of them are equal when nothing has changed. */
export const TABLES = [
  "account",
  "attempt",
  "conversation",
  "dedup_key",
  "delivery",
  "event",
  "operator_action",
  "peer_id",
  "receipt",
  "reply_token",
  "sent_message",
  "slow_reply",
  "idempotency_key",
  "turn",
] as const;
/** Of them the processes that share a store: they come and go whatever a message does. */
export type Table = (typeof TABLES)[number] | "owner";

export type Row = Readonly<Record<string, string | number | null>>;

/** One database and the store that works with it now. */
export interface Bench {
  /** The newest one: after a crash it is another. */
  readonly store: Store;
  /** The store's one clock, through all crashes. */
  readonly clock: ManualClock;
  /** Other processes may live: only who let a lease run out is known to be gone. Default: a process that ended is. */
  readonly waitsForLeases?: true;
  /** The process dies where it is, with nothing tidied up, and a new one opens what it left. It has not taken over. */
  crash(): Promise<void>;
  /** Of a shared database: another process at it, which lives until the bench is closed. */
  beside?(): Promise<Pick<Bench, "store">>;
  /** What is committed, as another connection sees it. Numbers are numbers, also where the database has other types. */
  rows(table: Table, match?: Row): readonly Row[] | Promise<readonly Row[]>;
  insert(table: Table, row: Row): void | Promise<void>;
  change(table: Table, match: Row, set: Row): void | Promise<void>;
  remove(table: Table, match: Row): void | Promise<void>;
  /** The values that the schema allows in a column, from its `CHECK` constraint. */
  allowedValues(table: Table, column: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface StoreHarness {
  readonly name: string;
  /** Each step goes over a socket and to a disk: fewer random walks. */
  readonly hasRoundTrips?: true;
  /** Several processes may work with one database at once. */
  readonly isShared?: true;
  /** A fresh, empty database. */
  open(): Promise<Bench>;
}

/** `test` with a fresh database each. */
export function testOn(harness: StoreHarness): (name: string, body: (bench: Bench) => Promise<void>) => void {
  return (name, body) => {
    test(name, () => onFresh(harness, body));
  };
}

export async function onFresh(harness: StoreHarness, body: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await harness.open();
  try {
    await body(bench);
  } finally {
    await bench.close();
  }
}

/** All rows of all tables, in an order of their own: what must not differ when an operation changed nothing. */
export async function dump(bench: Bench): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {};
  for (const table of TABLES) {
    found[table] = (await bench.rows(table)).map((row) => JSON.stringify(Object.entries(row).sort())).sort();
  }
  return found;
}

/** The one row that matches. */
export async function oneRow(bench: Bench, table: Table, match: Row): Promise<Row> {
  const [row, ...others] = await bench.rows(table, match);
  if (row === undefined || others.length > 0) {
    throw new Error(`${table} has ${others.length + (row === undefined ? 0 : 1)} rows of ${JSON.stringify(match)}`);
  }
  return row;
}
