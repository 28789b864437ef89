/** Goal: a store never opens a database with some of its migrations. Method: folders made for the test. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readMigrations } from "./migrations.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "turnpike-migrations-"));
});

afterEach(() => rm(folder, { recursive: true }));

const read = () => readMigrations(pathToFileURL(`${folder}/`));

function migration(name: string, sql = ""): Promise<void> {
  return writeFile(join(folder, name), sql);
}

test("migrations are read in order, to the character; other files beside them are no migrations", async () => {
  const awkward = ["CREATE TABLE a (x text DEFAULT '`$", "{x}\\n');\n-- $$", "{y} \\` $1 é 😀\n"].join("");
  await migration("0002_second-step.sql", awkward);
  await migration("0001_first.sql", "SELECT 1;\n");
  await migration("notes.md");
  expect(read()).toEqual([
    { version: 1, name: "first", sql: "SELECT 1;\n" },
    { version: 2, name: "second-step", sql: awkward },
  ]);
});

test("a gap, a second file of one number and a start above 1 are refused", async () => {
  await migration("0002_late.sql");
  expect(read).toThrow("0002_late.sql: the numbers must be consecutive from 0001; here 0001 was expected");

  await migration("0001_first.sql");
  await migration("0004_gap.sql");
  expect(read).toThrow("0004_gap.sql");

  await rm(join(folder, "0004_gap.sql"));
  await migration("0002_twin.sql");
  expect(read).toThrow("0002_twin.sql");
});

test("a .sql file with another kind of name is refused, not left out", async () => {
  await migration("0001_first.sql");
  await migration("2_second.sql");
  expect(read).toThrow("2_second.sql: a migration is named NNNN_name.sql");
});

test("a folder without any migration, and one that is missing, are refused", async () => {
  expect(read).toThrow("contains no migration");
  expect(() => readMigrations(pathToFileURL(join(folder, "missing/")))).toThrow("ENOENT");
});
