/**
 * Goal: `turnpike forget` deletes what is kept of a person, to the bytes, says what that was, and keeps nobody waiting.
 * Method: the shipped program; a person and a bot talk, then the database's own files are searched for their words.
 */
import { existsSync, readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshSchema, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { answers } from "./support/agent.ts";
import { type Environment, runCommand } from "./support/command.ts";
import { eventually } from "./support/eventually.ts";
import { untilAcked } from "./support/until-acked.ts";
import { startWorld, type World } from "./support/world.ts";

const LINE: Environment = { LINE_CHANNEL_SECRET: "any", LINE_CHANNEL_ACCESS_TOKEN: "any" };

async function forget(databaseUrl: string, ...args: readonly string[]) {
  await using command = runCommand(["forget", ...args], { ...LINE, TURNPIKE_DATABASE_URL: databaseUrl });
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

/** Ann and Bob each ask something and are answered. */
async function talked(world: World) {
  const ask = async (name: string) => {
    const person = world.somebody();
    person.isAnsweredBy(() => answers(`answer-canary for ${name}`));
    // Longer than a page of the file, so that it lies on pages of its own.
    const { eventId } = await person.says(`question-canary of ${name} ${"x".repeat(4_500)}`);
    await person.hasSeen(1);
    return { person, eventId };
  };
  return { ann: await ask("ann"), bob: await ask("bob") };
}

test("a SQLite file is left to its gateway; once that has stopped, the person's words are gone from its bytes", async () => {
  await using world = await startWorld({});
  const { gateway } = world;
  const { ann, bob } = await talked(world);
  for (const { person } of [ann, bob]) await person.settled();
  const database = `sqlite:${gateway.file}`;
  const refused = await forget(database, ann.person.id);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/another process uses/) });
  await gateway.term();
  const done = await forget(database, ann.person.id);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toMatch(/^line\/default: deleted 1 turns, 1 events with their payloads, 1 messages to them/);
  const bytes = [gateway.file, `${gateway.file}-wal`]
    .filter(existsSync)
    .map((file) => readFileSync(file, "latin1"))
    .join("");
  expect(bytes).not.toContain("canary of ann");
  expect(bytes).not.toContain("canary for ann");
  expect(bytes).toContain("question-canary of bob");
  expect(done.stdout).toMatch(/\nWhat was deleted is overwritten in the database's files\.\n$/);
  expect(gateway.value("SELECT count(*) FROM dedup_key")).toBe(4);
  expect(await forget(database, "Unobody")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/no person with that id/),
  });
});

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

test("on PostgreSQL it works while the gateway runs, and a copy of what was forgotten is not taken in again", async () => {
  const { url } = await freshSchema(server.url, "forgotten");
  await using world = await startWorld({ env: { TURNPIKE_DATABASE_URL: url } });
  const { person: ann, eventId } = (await talked(world)).ann;
  // The platform has it, and the gateway may be writing that down.
  await eventually(async () => expect(await forget(url, ann.id, "--channel", "line")).toMatchObject({ code: 0 }));
  expect((await untilAcked(() => world.line.redeliver(eventId)))?.status).toBe(200);
  await ann.says("and a new word");
  await ann.hasSeen(2);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ content: string }>("SELECT content FROM event ORDER BY seq");
  await client.end();
  expect(rows.map(({ content }) => /canary of \w+|new word/.exec(content)?.[0])).toEqual(["canary of bob", "new word"]);
  expect(ann.turns().map(({ turn }) => turn.text.slice(0, 15))).toEqual(["question-canary", "and a new word"]);
});
