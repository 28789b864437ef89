/**
 * Goal: when the commit itself fails, nobody in the group is told that it is done (G1).
 * Method: a constraint that SQLite looks at no sooner than at COMMIT; a second connection sees what is committed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Db, openDb } from "./connection.ts";
import { GroupCommit } from "./group-commit.ts";

let folder: string;
let db: Db;
let other: Db;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-commit-"));
  const file = join(folder, "turnpike.db");
  ({ db } = openDb(file));
  db.exec(`
    CREATE TABLE person (name TEXT PRIMARY KEY);
    CREATE TABLE note (words TEXT, person TEXT REFERENCES person (name) DEFERRABLE INITIALLY DEFERRED)`);
  db.pragma("foreign_keys = ON");
  other = new Database(file);
});

afterEach(() => {
  other.close();
  db.close();
  rmSync(folder, { recursive: true });
});

function note(words: string, person: string | null): void {
  db.prepare("INSERT INTO note (words, person) VALUES (?, ?)").run(words, person);
}

function committed(): unknown[] {
  return other.prepare("SELECT words FROM note").pluck().all();
}

test("a group whose commit fails is told so, all of it, and nothing of it is there", async () => {
  const writer = new GroupCommit(db, () => undefined);
  const results = await Promise.allSettled([
    writer.run(async () => note("a", null)),
    writer.run(async () => note("b", "nobody")),
    writer.run(async () => note("c", null)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(committed()).toEqual([]);
});

test.each(["before", "after"])("what runs %s every commit and fails, fails the group", async (when) => {
  const writer = new GroupCommit(db, () => undefined, {
    [when]() {
      throw new Error("no");
    },
  });
  await expect(writer.run(async () => note("a", null))).rejects.toThrow("no");
  expect(committed()).toEqual(when === "before" ? [] : ["a"]);
});

test("the next group is none the worse", async () => {
  const writer = new GroupCommit(db, () => undefined);
  await expect(writer.run(async () => note("a", "nobody"))).rejects.toThrow(Database.SqliteError);
  await writer.run(async () => note("b", null));
  expect(committed()).toEqual(["b"]);
});
