/**
 * Goal: when the database's machine dies, its standby goes on and nothing that was acked is lost.
 * Method: a real streaming replica, which each commit waits for (`synchronous_standby_names`); the primary is killed
 * while people write, the address moves to the replica before and after it is promoted, as an operator's or a
 * cluster manager's does. Until then the replica can only be read, and no gateway may own anything by what it reads there.
 */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Misconfigured } from "../../src/core/errors.ts";
import { pause, systemClock } from "../../src/runtime/clock.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import { type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import { type MovingAddress, openMovingAddress } from "./support-postgres/moving-address.ts";
import { expectAllIsWell, finish, setScene } from "./support-postgres/scene.ts";

const SEED = Number(process.env.TURNPIKE_TEST_SEED ?? randomBytes(4).readUInt32LE());
const WRITES_FOR_MS = 5_000;
const STAYS_A_REPLICA_FOR_MS = 2_000;

const clock = systemClock();
const cleanup: (() => unknown)[] = [];
let primary: PostgresServer;
let standby: PostgresServer;
let address: MovingAddress;

beforeAll(async () => {
  primary = await startPostgresServer();
  await primary.createDatabase("turnpike");
  standby = await primary.startStandby();
  await primary.waitForStandby();
  address = await openMovingAddress(primary.port);
});
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});
afterAll(() => Promise.all([address, primary, standby].map((one) => one.destroy())));

test("a store is not opened on a replica, and says so without a password", async () => {
  const opening = postgres({ url: standby.url("turnpike"), startWaitMs: 500 });
  const error = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Misconfigured);
  expect(String(error)).toMatch(/replica|standby|recovery/);
  expect(String(error)).not.toContain("password");
});

test("the primary dies and its replica is promoted: everything acked is answered once and in order", {
  timeout: 240_000,
}, async () => {
  const scene = await setScene(
    { databaseUrl: address.urlOf(primary.url("turnpike")), seed: SEED, hasAgent: [true, true] },
    cleanup,
  );
  await pause(clock, WRITES_FOR_MS);
  await primary.stop("immediate");
  address.moveTo(standby.port);
  await pause(clock, STAYS_A_REPLICA_FOR_MS);
  await standby.query("SELECT pg_promote()");
  await pause(clock, WRITES_FOR_MS);
  expectAllIsWell(await finish(scene, `seed ${SEED}; one failover`));
});
