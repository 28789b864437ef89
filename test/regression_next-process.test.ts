/**
 * Goal: what a process knew of copies and of free tokens is known to the next one: none of it lives in memory.
 * Method: a whole gateway ends and another one opens its file, on the same LINE at the same time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { inProcessAgent } from "../src/agents/in-process.ts";
import { assembleGateway } from "./support/assembled-gateway.ts";
import { bot } from "./support/bots.ts";

const MANY = 100;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-next-process-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "turnpike.db");
}

test("regression_a_copy_that_reaches_another_process_is_known", async () => {
  const file = temporaryFile();
  const { asked, ask } = bot();
  const first = assembleGateway({ answer: ask, file });
  const running = await first.start();
  const { eventId } = await first.simulator.person("Uann").says("hi");
  await first.clock.settle();
  await running.stop();
  const second = assembleGateway({ answer: ask, file, after: first });
  ends.push(second.end);
  await second.start();
  expect(await second.simulator.redeliver(eventId)).toMatchObject({ status: 200 });
  await second.clock.advance(10_000);
  expect(asked).toHaveLength(1);
  expect(second.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["echo hi"]);
});

test("regression_many_free_tokens_survive_a_restart", async () => {
  const file = temporaryFile();
  const { ask } = bot();
  const people = Array.from({ length: MANY }, (_, index) => `Uperson${index}`);
  const first = assembleGateway({ agent: { ...inProcessAgent(ask), isReachable: () => false }, file });
  const running = await first.start();
  for (const person of people) await first.simulator.person(person).says("hi");
  const stopped = running.stop();
  await first.clock.advance(10_000);
  await stopped;
  const second = assembleGateway({ answer: ask, file, after: first });
  ends.push(second.end);
  await second.start();
  await second.clock.advance(30_000);
  const routes = people.map((person) => second.simulator.seenBy(person).map(({ route }) => route));
  expect(routes).toEqual(people.map(() => ["reply"]));
});
