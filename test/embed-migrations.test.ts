/**
 * Goal: a store can't ship with other migrations than its `.sql` files say.
 * Method: the script's functions on a folder made for the test; the written module is then imported like any other.
 */
import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { embedMigrations, staleModules } from "../scripts/embed-migrations.ts";

let folder = "";
let storeDir = new URL("file:///");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "turnpike-migrations-"));
  storeDir = pathToFileURL(`${folder}/`);
  await mkdir(join(folder, "sqlite", "migrations"), { recursive: true });
  await mkdir(join(folder, "not-a-store"));
});

afterEach(() => rm(folder, { recursive: true }));

function generated(): string {
  return join(folder, "sqlite", "migrations", "embedded.generated.ts");
}

function migration(name: string, sql: string): Promise<void> {
  return writeFile(join(folder, "sqlite", "migrations", name), sql);
}

test("the written module holds every migration in order, to the character", async () => {
  const awkward = ["CREATE TABLE a (x text DEFAULT '`$", "{x}\\n');\n-- $$", "{y} \\` $1 é 😀\n"].join("");
  await migration("0002_second-step.sql", awkward);
  await migration("0001_first.sql", "SELECT 1;\n");

  await embedMigrations(storeDir);

  const { MIGRATIONS } = await import(/* @vite-ignore */ pathToFileURL(generated()).href);
  expect(MIGRATIONS).toEqual([
    { version: 1, name: "first", sql: "SELECT 1;\n" },
    { version: 2, name: "second-step", sql: awkward },
  ]);
});

test("a module is stale when it is missing, when a migration changed and when one was added", async () => {
  await migration("0001_first.sql", "SELECT 1;\n");
  expect(await staleModules(storeDir)).toEqual([generated()]);

  await embedMigrations(storeDir);
  expect(await staleModules(storeDir)).toEqual([]);

  await migration("0001_first.sql", "SELECT 2;\n");
  expect(await staleModules(storeDir)).toEqual([generated()]);

  await embedMigrations(storeDir);
  await migration("0002_second.sql", "SELECT 3;\n");
  expect(await staleModules(storeDir)).toEqual([generated()]);
});

test("a module that is up to date is not written again", async () => {
  await migration("0001_first.sql", "SELECT 1;\n");
  await embedMigrations(storeDir);
  const longAgo = new Date("2001-01-01T00:00:00Z");
  await utimes(generated(), longAgo, longAgo);

  expect(await embedMigrations(storeDir)).toEqual([]);

  expect((await stat(generated())).mtime).toEqual(longAgo);
});

test("a gap, a second file of one number and a start above 1 are refused", async () => {
  await migration("0002_late.sql", "");
  await expect(embedMigrations(storeDir)).rejects.toThrow("0002_late.sql: the numbers must be consecutive from 0001");

  await migration("0001_first.sql", "");
  await migration("0004_gap.sql", "");
  await expect(embedMigrations(storeDir)).rejects.toThrow("0004_gap.sql");

  await rm(join(folder, "sqlite", "migrations", "0004_gap.sql"));
  await migration("0002_twin.sql", "");
  await expect(embedMigrations(storeDir)).rejects.toThrow("0002_twin.sql");
});

test("a .sql file with another kind of name is refused, not left out", async () => {
  await migration("0001_first.sql", "");
  await migration("2_second.sql", "");
  await expect(staleModules(storeDir)).rejects.toThrow("2_second.sql: a migration is named NNNN_name.sql");
});

test("a store folder without any migration is refused", async () => {
  await expect(staleModules(storeDir)).rejects.toThrow("contains no migration");
});
