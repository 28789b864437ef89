/**
 * Goal: the shipped program keeps the same promises on PostgreSQL, and two of them share the work (G1, G2, G6, G8).
 * Method: a real server, simulated LINE, a scripted bot; a process is killed while the bot thinks, and webhooks go to one
 * process while only the other can reach the bot.
 */
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshSchema, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { answers } from "./support/agent.ts";
import { runCommand } from "./support/command.ts";
import { gate, until } from "./support/eventually.ts";
import { Gateway } from "./support/gateway.ts";
import { ackOf, untilAcked } from "./support/until-acked.ts";
import { ACCESS_TOKEN, CHANNEL_SECRET, startWorld } from "./support/world.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function states(url: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query("SELECT 'turn' AS of, state FROM turn UNION ALL SELECT 'delivery', state FROM delivery"))
      .rows;
  } finally {
    await client.end();
  }
}

test("a message whose process is killed while the bot thinks is answered once by the next one, and a copy is known", async () => {
  const { url } = await freshSchema(server.url, "killed");
  await using world = await startWorld({ env: { TURNPIKE_DATABASE_URL: url, TURNPIKE_LEASE_MS: "1000" } });
  const ann = world.somebody();
  const thinking = gate();
  ann.isAnsweredBy(async () => {
    await thinking.opened;
    return answers("thought about it");
  });
  const { eventId } = await ann.says("hello?");
  await ann.hasTurns(1);
  await world.gateway.kill();
  thinking.open();
  await world.restart();
  await ann.hasSeen(1);
  expect((await untilAcked(() => world.line.redeliver(eventId)))?.status).toBe(200);
  await world.gateway.hasLogged("skip replying due to redelivery");
  expect(ann.texts()).toEqual(["thought about it"]);
  expect(new Set(ann.turns().map(({ turn }) => turn.turnId)).size).toBe(1);
  await until("all is done", async () =>
    (await states(url)).every(({ state }) => state === "done" || state === "sent"),
  );
});

test("what one process took in, another answers, when only that one has a bot", async () => {
  const { url } = await freshSchema(server.url, "shared");
  await using world = await startWorld({ env: { TURNPIKE_DATABASE_URL: url } });
  await using receiver = new Gateway({
    LINE_CHANNEL_SECRET: CHANNEL_SECRET,
    LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN,
    LINE_API_BASE_URL: world.platformProxy.url,
    TURNPIKE_BATCH_QUIET_MS: "100",
    TURNPIKE_DATABASE_URL: url,
  });
  await receiver.start();
  world.line.webhookUrl = receiver.webhookUrl;
  const ann = world.somebody();
  expect(await ackOf(world, ann.says("by the other gateway"))).toBe(200);
  await ann.hasSeen(1);
  expect(ann.texts()).toEqual(["re: by the other gateway"]);
  await receiver.hasLogged("event accepted");
  await world.gateway.hasLogged("turn answered");
});

test("`turnpike migrate` makes the schema, and then finds nothing to do", async () => {
  const { url } = await freshSchema(server.url, "migrated");
  const migrate = async () => {
    await using command = runCommand(["migrate"], { TURNPIKE_DATABASE_URL: url });
    expect((await command.ended).code).toBe(0);
    return command.stdout();
  };
  expect(await migrate()).toMatch(/has schema \d+ now: schema/);
  expect(await migrate()).toMatch(/has schema \d+: nothing to do/);
});
