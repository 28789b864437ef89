/**
 * Goal: what the standby may not have is never acked, also when somebody breaks the wait for it off (G1).
 * Method: a primary whose commits wait for a real standby. The standby stops, a commit waits, and an operator ends that wait:
 * PostgreSQL then has the transaction, answers it or breaks the connection, and would lose it with a failover.
 * A server of this test's own: its standby is stopped.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Unavailable } from "../../src/core/errors.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../e2e/support/eventually.ts";
import { type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import { message, policy } from "../support/stores/samples.ts";

let primary: PostgresServer;
let standby: PostgresServer;
let store: Store;
beforeAll(async () => {
  primary = await startPostgresServer();
  await primary.createDatabase("broken_off");
  standby = await primary.startStandby();
  store = await postgres({ url: primary.url("broken_off"), notify: false });
  await primary.waitForStandby();
  await store.ingest(message("before"), policy());
});
afterAll(async () => {
  await store.close();
  await Promise.all([standby, primary].map((server) => server.destroy()));
});

/** Ends each wait for the standby as an operator does at a commit that hangs, until the promise is settled. */
async function breakingOff<T>(how: "cancel" | "terminate", promise: Promise<T>): Promise<T> {
  let waits = true;
  const settled = promise.finally(() => {
    waits = false;
  });
  settled.catch(() => undefined);
  while (waits) {
    await primary.query(
      `SELECT pg_${how}_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = 'broken_off'`,
    );
  }
  return await settled;
}

test("a wait for the standby that somebody ends acks nothing until the standby has it", {
  timeout: 240_000,
}, async () => {
  await standby.stop();
  const event = message("during");
  await expect(breakingOff("cancel", store.ingest(event, policy()))).rejects.toThrow(Unavailable);
  const stored = "SELECT 1 FROM event WHERE platform_event_id = 'evt-during'";
  expect(await primary.query(stored, "broken_off")).toHaveLength(1);
  // Nor does a copy, which finds it.
  await expect(breakingOff("terminate", store.ingest(event, policy()))).rejects.toThrow(Unavailable);
  await standby.start();
  expect(await eventually(() => store.ingest(event, policy()))).toMatchObject({ kind: "duplicate" });
});
