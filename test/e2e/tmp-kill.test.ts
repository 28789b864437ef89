import { appendFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, test } from "vitest";
import { pause, systemClock } from "../../src/runtime/clock.ts";
import { type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import { seededChance } from "../support/seeded-chance.ts";
import { setScene } from "./support-postgres/scene.ts";

const clock = systemClock();
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server.destroy());
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});
const say = (t: string) => appendFileSync("/tmp/own-logs/tmp-kill.log", `${new Date().toISOString()} ${t}\n`);
test("x", { timeout: 240_000 }, async () => {
  say("begin");
  const scene = await setScene(
    { databaseUrl: await server.createDatabase("killed"), seed: 5, hasAgent: [true, true, false] },
    cleanup,
  );
  say("scene");
  const chance = seededChance(14);
  for (let count = 0; count < 15; count += 1) {
    await pause(clock, 1000);
    scene.fleet.kill(Math.floor(chance.random() * 3));
  }
  say("killed");
  await scene.people.stop();
  say("stopped");
  await Promise.race([scene.fleet.ready(), pause(clock, 20000)]);
  say("ready");
  await Promise.race([scene.simulator.line.idle(), pause(clock, 20000)]);
  say("idle");
  say(`errors ${scene.fleet.errors().slice(-30).join("\n")}`);
  const look = async () => {
    say(JSON.stringify(await server.query("SELECT state, count(*) FROM turn GROUP BY 1", "killed")));
    say(JSON.stringify(await server.query("SELECT state, reason, count(*) FROM delivery GROUP BY 1,2", "killed")));
    say(
      JSON.stringify(
        await server.query(
          "SELECT o.*, turnpike_clock() - expires_at AS ago, p.* , turnpike_clock() AS now FROM owner o, probe p",
          "killed",
        ),
      ),
    );
    say(
      JSON.stringify(
        await server.query(
          "SELECT owner, state, lease_expires_at - turnpike_clock() AS left FROM turn WHERE state='leased'",
          "killed",
        ),
      ),
    );
  };
  for (let i = 0; i < 12; i++) {
    await look();
    await pause(clock, 2000);
  }
  const exits = await Promise.race([scene.fleet.end(), pause(clock, 20000)]);
  say(`exits ${JSON.stringify(exits)}`);
});
