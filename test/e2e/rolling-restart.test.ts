/**
 * Goal: a new version goes out under load, process by process, and nobody on LINE notices: no webhook is refused, nothing
 * is lost, doubled or out of order. An old version on a newer database says why it won't start.
 * Method: two gateways on one PostgreSQL behind a balancer that asks for readiness, each ended by SIGTERM and started
 * again, while people write. What LINE was told and what people see is the whole truth. On SQLite, where one
 * process ends before the next begins, it is the first test of test/e2e/shutdown.test.ts.
 */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import { runCommand } from "./support/command.ts";
import { until } from "./support/eventually.ts";
import { expectAllIsWell, finish, setScene } from "./support-postgres/scene.ts";

const SEED = Number(process.env.TURNPIKE_TEST_SEED ?? randomBytes(4).readUInt32LE());
const ASK_EVERY_MS = 100;
/** Far longer than the balancer takes to look away, also where the machine is busy with something else. */
const GRACE_MS = 4_000;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server.destroy());

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

test("one process after the other is restarted under load: nobody is refused, everything is answered once and in order", async () => {
  const scene = await setScene(
    {
      databaseUrl: await server.createDatabase("rolling"),
      seed: SEED,
      hasAgent: [true, true],
      env: { TURNPIKE_SHUTDOWN_GRACE_MS: String(GRACE_MS) },
      balancer: { askEveryMs: ASK_EVERY_MS },
    },
    cleanup,
  );
  for (const place of [0, 1]) {
    const before = [...scene.balancer.acked];
    expect(await scene.fleet.restart(place)).toBe(0);
    await until("both take webhooks in", () =>
      scene.balancer.acked.every((count, at) => count > (before[at] ?? 0) + 5),
    );
  }
  const result = await finish(scene, `seed ${SEED}; restarts 2`);
  expectAllIsWell(result);
  // A commit that takes more than two seconds on a busy machine is another matter.
  expect(scene.balancer.refused.filter((told) => !told.includes("not stored"))).toEqual([]);
});

test("an older program refuses a database of a newer one with the reason, and leaves it as it is", async () => {
  const url = await server.createDatabase("newer");
  const env = {
    TURNPIKE_DATABASE_URL: url,
    TURNPIKE_HOST: "127.0.0.1",
    TURNPIKE_PORT: "0",
    TURNPIKE_ADMIN_PORT: "0",
    LINE_CHANNEL_SECRET: "secret",
    LINE_CHANNEL_ACCESS_TOKEN: "token",
  };
  const run = async (name: string) => {
    await using command = runCommand([name], env);
    return { ...(await command.ended), said: command.stderr() };
  };
  expect(await run("migrate")).toMatchObject({ code: 0 });
  await server.query("INSERT INTO turnpike_schema (version, name) VALUES (999, 'from the future')", "newer");
  const tables = () => server.query("SELECT table_name FROM information_schema.tables ORDER BY 1", "newer");
  const before = await tables();
  for (const name of ["start", "migrate"]) {
    const { code, said } = await run(name);
    expect(code).toBe(1);
    expect(said).toMatch(/has schema 999; this version of Turnpike knows \d+ .*newer version/);
  }
  expect(await tables()).toEqual(before);
});
