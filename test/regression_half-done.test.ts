/**
 * Goal: work that broke in the middle leaves nothing half done: no key without its event, no turn that is done without
 * its answer.
 * Method: a trigger in the database file, put there by a second connection, breaks one write of several; then it goes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, expect, test } from "vitest";
import { assembleGateway } from "./support/assembled-gateway.ts";
import { bot } from "./support/bots.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function onFile() {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-half-done-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "turnpike.db");
  const { asked, ask } = bot();
  const gateway = assembleGateway({ answer: ask, file });
  ends.push(gateway.end);
  const other = new Database(file);
  ends.push(() => other.close());
  await gateway.start();
  const screen = () => gateway.simulator.seenBy("Uann").map(({ text }) => text);
  return { gateway, asked, other, screen };
}

const BROKEN = (table: string) =>
  `CREATE TRIGGER broken BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'broken'); END`;

test("regression_the_keys_of_a_webhook_that_failed_are_gone_with_it_and_the_next_copy_is_no_duplicate", async () => {
  const { gateway, asked, other, screen } = await onFile();
  // The event's keys are written before it.
  other.exec(BROKEN("event"));
  const { eventId, webhook } = await gateway.simulator.person("Uann").says("hi");
  expect(webhook.status).toBe(503);
  expect(other.prepare("SELECT count(*) FROM dedup_key").pluck().get()).toBe(0);
  other.exec("DROP TRIGGER broken");
  expect(await gateway.simulator.redeliver(eventId)).toMatchObject({ status: 200 });
  await gateway.clock.advance(10_000);
  expect(await gateway.count("events_total", { outcome: "accepted" })).toBe(1);
  expect(await gateway.count("events_total", { outcome: "duplicate" })).toBe(0);
  expect(await gateway.count("idempotency_inconsistent_detected_total")).toBe(0);
  expect(asked).toHaveLength(1);
  expect(screen()).toEqual(["echo hi"]);
});

test("regression_a_turn_whose_answer_could_not_be_queued_is_not_done", async () => {
  const { gateway, other, screen } = await onFile();
  other.exec(BROKEN("delivery"));
  await gateway.simulator.person("Uann").says("hi");
  await gateway.clock.advance(2_000);
  expect(other.prepare("SELECT state FROM turn").pluck().all()).not.toContain("done");
  expect(screen()).toEqual([]);
  other.exec("DROP TRIGGER broken");
  await gateway.clock.advance(120_000);
  expect(other.prepare("SELECT state FROM turn").pluck().all()).toEqual(["done"]);
  expect(screen()).toEqual(["echo hi"]);
});
