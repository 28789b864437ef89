/**
 * Goal: a history that moves from SQLite to PostgreSQL goes on there as if nothing had been; nothing is lost or doubled.
 * Method: the real pipeline on SQLite dies at calls all over a scenario; what it left is copied twice, and the next process
 * works on PostgreSQL. A checker decides from what people saw. Then: who may not touch either database meanwhile.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { copy } from "../../src/commands/copy.ts";
import { Misconfigured } from "../../src/core/errors.ts";
import { prepareCopy } from "../../src/store/index.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { type Moves, movingDisk } from "../support/faults/moving-disk.ts";
import { pointsOf, run } from "../support/faults/run.ts";
import { SCENARIOS } from "../support/faults/scenarios.ts";
import type { Plan } from "../support/faults/tap.ts";
import { freshSchema } from "../support/postgres.ts";
import { TABLES } from "../support/stores/harness.ts";
import { message, policy } from "../support/stores/samples.ts";

const INT8 = 20;
pg.types.setTypeParser(INT8, Number);

const SCENARIO_NAMES = [
  "a burst becomes one turn",
  "the agent fails twice",
  "a reply is accepted and its answer lost, and a push after it",
  "two conversations are interleaved",
];
const LIVES = SCENARIOS.filter(({ name }) => SCENARIO_NAMES.includes(name));

async function live(scenario: (typeof LIVES)[number], plan: Plan | null, moves: Moves = {}) {
  const disk = await movingDisk(inject("postgresUrl"), `copy_${LIVES.indexOf(scenario)}`, moves);
  const result = await run(scenario, plan, disk);
  return { ...result, hasMoved: disk.hasMoved() };
}

describe.each(LIVES)("$name", (scenario) => {
  test("dies, moves and goes on", { timeout: 120_000 }, async () => {
    const points = pointsOf((await live(scenario, null)).calls);
    expect(points.length).toBeGreaterThanOrEqual(5);
    const step = Math.max(1, Math.floor(points.length / 3));
    for (let index = 0; index < points.length; index += step) {
      const { at, call } = points[index] ?? { at: 1, call: "" };
      const fault = (index / step) % 2 === 0 ? "die-after" : "die-before";
      const differences: string[] = [];
      const after: Moves["after"] = async (raw, select) => void differences.push(...(await differing(raw, select)));
      const { broken, hasMoved } = await live(scenario, { at, fault }, { after });
      expect(hasMoved).toBe(true);
      expect(differences).toEqual([]);
      expect(broken, `${fault} at call ${at}, ${call}`).toEqual([]);
    }
  });
});

/** Rows at work wait for nobody: their owner is gone. All else is as it was, to the byte. */
async function differing(
  raw: Database.Database,
  select: (sql: string) => Promise<readonly unknown[]>,
): Promise<string[]> {
  const texts = (rows: readonly unknown[]) =>
    rows.map((row) => {
      const { lease_expires_at: _lease, ...rest } = row as Record<string, unknown>;
      return JSON.stringify(Object.entries(rest).sort());
    });
  const leased = ["turn", "delivery"].map(
    (table) => `SELECT ${table}_id FROM ${table} WHERE lease_expires_at > (SELECT time FROM manual_clock)`,
  );
  const found = texts(await select(leased.join(" UNION ALL ")));
  for (const table of TABLES) {
    const there = new Set(texts(await select(`SELECT * FROM ${table}`)));
    const here = texts(raw.prepare(`SELECT * FROM ${table}`).all());
    found.push(...here.filter((row) => !there.delete(row)), ...there);
  }
  return found;
}

/** A file with one message that waits, and an empty database. */
async function beginning(name: string) {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-copy-"));
  const file = join(folder, "history.db");
  const { url, drop } = await freshSchema(inject("postgresUrl"), name);
  onTestFinished(async () => {
    await drop();
    rmSync(folder, { recursive: true });
  });
  const store = sqlite({ file });
  await store.ingest(message("m1"), policy());
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const lines: string[] = [];
  const move = () => copy(`sqlite:${file}`, url, (line) => lines.push(line));
  return { file, url, store, query, lines, move };
}

test("a file that a gateway works with is not copied", async () => {
  const { store, move } = await beginning("copy_used");
  await expect(move()).rejects.toThrow(/another process uses .*history\.db/);
  await store.close();
  await move();
});

test("says what it copies, and by what order events came is known behind it", async () => {
  const { url, store, lines, move, query } = await beginning("copy_told");
  await store.close();
  await move();
  expect(lines).toContain("event: 1 of 1");
  expect(lines.join("\n")).toMatch(/\d+ rows in \d+ s; all row counts match, all invariants hold/);
  expect(lines.join("\n")).not.toContain("@");
  const next = await postgres({ url, notify: false });
  await next.ingest(message("another"), policy());
  await next.close();
  expect(await query("SELECT seq FROM event ORDER BY seq")).toEqual([{ seq: 1 }, { seq: 2 }]);
});

test("a database that a gateway has worked with since is not copied into again", async () => {
  const { url, store, move, query } = await beginning("copy_gone_on");
  await store.close();
  await move();
  await move();
  const gateway = await postgres({ url, notify: false });
  await gateway.reclaimOrphanedLeases("somebody");
  await gateway.close();
  await query("UPDATE event SET state = 'retracted'");
  await expect(move()).rejects.toThrow(/a gateway has run on .* since the last copy/);
  expect(await query("SELECT state FROM event")).toEqual([{ state: "retracted" }]);
});

test("a database with a history of its own is left alone", async () => {
  const { url, store, move, query } = await beginning("copy_own");
  await store.close();
  const gateway = await postgres({ url, notify: false });
  await gateway.ingest(message("of its own"), policy());
  await gateway.close();
  await expect(move()).rejects.toThrow(/has data of its own/);
  expect(await query("SELECT count(*) AS n FROM event")).toEqual([{ n: 1 }]);
});

test("a database that holds the copy of another file is left alone", async () => {
  const { url, store, move } = await beginning("copy_other");
  await store.close();
  await move();
  const other = await beginning("copy_other_file");
  await other.store.close();
  await expect(copy(`sqlite:${other.file}`, url, () => undefined)).rejects.toThrow(/holds a copy of/);
});

test("no gateway starts on a copy that was cut off, and the next copy makes it whole", async () => {
  const { url, store, move, query } = await beginning("copy_cut");
  await store.close();
  await move();
  await query("UPDATE turnpike_copy SET finished_at = NULL; DELETE FROM event");
  await expect(postgres({ url, notify: false })).rejects.toThrow(/is incomplete/);
  await move();
  const gateway = await postgres({ url, notify: false });
  expect(await gateway.countWaiting()).toContainEqual(expect.objectContaining({ state: "collecting", count: 1 }));
  await gateway.close();
});

test("a gateway that is there already gets at the database when the copy is whole, and not before", async () => {
  const { file, url, store, move, query } = await beginning("copy_held");
  await store.close();
  await move();
  const gateway = await postgres({ url, notify: false });
  let begun: Promise<unknown> | null = null;
  const begin = () => {
    begun ??= gateway
      .reclaimOrphanedLeases("somebody")
      .then(() => query("SELECT finished_at IS NOT NULL AS whole FROM turnpike_copy"));
  };
  const copying = await prepareCopy(`sqlite:${file}`, url);
  await copying.run({ step: begin, copied: begin });
  expect(await begun).toEqual([{ whole: true }]);
  await gateway.close();
});

test("two copies into one database at once: one is refused", async () => {
  const { url, store, move } = await beginning("copy_twice");
  await store.close();
  await move();
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query("BEGIN");
  await other.query("SELECT 1 FROM probe FOR UPDATE");
  await expect(move()).rejects.toThrow(/is in use/);
  await other.end();
  await move();
});

test("history that was ahead of the database's clock stays in the past", async () => {
  const { url, file, store, move, lines } = await beginning("copy_ahead");
  await store.close();
  const raw = new Database(file);
  raw.exec("UPDATE probe SET written_at = written_at + 3600000");
  raw.close();
  await move();
  expect(lines.join("\n")).toMatch(/the database's clock is \d+ ms behind the history/);
  const gateway = await postgres({ url, notify: false });
  const result = await gateway.ingest(message("later"), policy());
  expect(result.receivedAt).toBeGreaterThan(Date.now() + 3_500_000);
  await gateway.close();
});

test.each([
  ["postgres://localhost/a", "postgres://localhost/b", /the first address is sqlite:/],
  ["sqlite:data/no-such.db", "sqlite:other.db", /the second address begins with postgres/],
])("%s to %s is refused", async (from, to, reason) => {
  await expect(copy(from, to, () => undefined)).rejects.toThrow(reason);
  await expect(copy(from, to, () => undefined)).rejects.toThrow(Misconfigured);
});

test("collects the statistics of its own tables, and leaves those of others alone", async () => {
  const other = await freshSchema(inject("postgresUrl"), "beside_the_copy");
  onTestFinished(() => other.drop());
  const { store, move, query } = await beginning("copy_statistics");
  await query("CREATE TABLE beside_the_copy.event (n INTEGER)");
  await store.close();
  await move();
  const analyzed = await query(`
    SELECT nspname, reltuples >= 0 AS is_analyzed FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE relname = 'event' AND nspname IN ('beside_the_copy', 'copy_statistics') ORDER BY nspname`);
  expect(analyzed).toEqual([
    { nspname: "beside_the_copy", is_analyzed: false },
    { nspname: "copy_statistics", is_analyzed: true },
  ]);
});
