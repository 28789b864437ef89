/**
 * Goal: a row is listed once, though on PostgreSQL each statement of a list sees the rows as they are by then.
 * Method: SQLite, where a turn is sealed between two statements of the list.
 */
import { afterEach, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { BATCH, message, policy } from "../../../test/support/stores/samples.ts";
import { WAITING_STATES } from "../../core/waiting.ts";
import { openDb } from "../sqlite/connection.ts";
import { sqliteDriver } from "../sqlite/driver.ts";
import type { Transaction } from "../transaction.ts";
import { ingest } from "./ingest.ts";
import { listWaiting } from "./list-waiting.ts";
import { sealTurn } from "./seal-turn.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function memory() {
  const clock = manualClock();
  const onFatal = (error: Error) => {
    throw error;
  };
  const { db } = openDb(":memory:");
  const driver = sqliteDriver(db, { clock, random: seededRandom(1), onFatal, files: null, release: () => undefined });
  ends.push(() => driver.close());
  return { clock, driver };
}

/** The transaction, in which something happens after its first list. */
function interrupted(tx: Transaction, happens: () => Promise<unknown>): Transaction {
  let isFirst = true;
  return {
    ...tx,
    async all(select, values) {
      const rows = await tx.all(select, values);
      if (isFirst) await happens();
      isFirst = false;
      return rows;
    },
  };
}

test("regression_row-read-twice: a turn that is sealed while the list is read is in it once, as it is by then", async () => {
  const { clock, driver } = memory();
  const result = await driver.write(null, (tx) => ingest(tx, message("m1"), policy()));
  const turnId = "turnId" in result ? String(result.turnId) : "";
  clock.step(BATCH.maxWaitMs);
  const all = { scope: "all", kind: null, states: WAITING_STATES, since: null, limit: 10, before: null } as const;
  const query = { ...all, channel: null, account: null, conversation: null };
  const { items } = await driver.read((tx) =>
    listWaiting(
      interrupted(tx, () => sealTurn(tx, turnId)),
      query,
    ),
  );
  expect(items.map(({ id, state }) => [id, state])).toEqual([[turnId, "ready"]]);
});
