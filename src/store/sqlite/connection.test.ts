/**
 * Goal: an acked row is on the disk, and two that don't know of each other never write the same file (G1; regression 51).
 * Method: real files in a temp folder; rivals in this process and in child processes, one of them killed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Misconfigured } from "../../core/errors.ts";
import { systemRandom } from "../../runtime/random.ts";
import { type Store, Unavailable } from "../store.ts";
import { lockFile, MIGRATIONS, openDb, prepareFile, schemaVersion } from "./connection.ts";
import { sqlite } from "./index.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-db-"));
  file = join(folder, "turnpike.db");
});

afterEach(() => rmSync(folder, { recursive: true }));

function open(path = file): Store {
  const onFatal = (error: Error) => {
    throw error;
  };
  return sqlite({ file: path, onFatal, random: systemRandom() });
}

/** What opening says when it is refused. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(Misconfigured);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

/** Runs in a process of its own, and says `open` or what it was told. It ends by itself only when it was refused. */
async function childThatOpens(): Promise<{ child: ChildProcessWithoutNullStreams; said: string }> {
  const script = `
    const { sqlite } = await import(${JSON.stringify(new URL("./index.ts", import.meta.url).href)});
    const random = { fraction: () => 0, id: (prefix) => prefix + "_1" };
    try {
      // Held on to, as a gateway does: a store that nobody has any more is collected, and its lock with it.
      globalThis.store = sqlite({ file: ${JSON.stringify(file)}, onFatal: () => {}, random });
      await globalThis.store.checkCommit();
      process.stdout.write("open");
      process.stdin.resume();
    } catch (error) {
      process.stdout.write(error.name + ": " + error.message);
      process.stdin.destroy();
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: said.toString() };
}

async function kill(child: ChildProcessWithoutNullStreams): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

describe("the opened file", () => {
  test("commits to the disk: FULL and WAL are in force after a write", () => {
    const { db } = openDb(file);
    db.exec("UPDATE probe SET written_at = 1");
    expect(db.pragma("synchronous", { simple: true })).toBe(2);
    expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
    db.close();
  });

  test("commits to the disk also when it was made by somebody who didn't ask for that", () => {
    const careless = new Database(file);
    careless.pragma("journal_mode = DELETE");
    careless.exec("CREATE TABLE other (x); DROP TABLE other");
    careless.close();
    const { db } = openDb(file);
    db.exec("UPDATE probe SET written_at = 1");
    expect(db.pragma("synchronous", { simple: true })).toBe(2);
    expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
    db.close();
  });

  test("has the newest schema, and a second opening changes nothing", () => {
    const { db } = openDb(file);
    const schema = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all();
    expect(schemaVersion(db)).toBe(MIGRATIONS.at(-1)?.version);
    db.close();
    const again = openDb(file);
    expect(again.migrated).toEqual([]);
    expect(again.db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all()).toEqual(schema);
    again.db.close();
  });

  test("may be in memory, for a test", () => {
    const { db } = openDb(":memory:");
    expect(schemaVersion(db)).toBe(MIGRATIONS.at(-1)?.version);
    db.close();
  });
});

test("a file of the same schema version with another index is refused, and left as it is", () => {
  const { db } = openDb(file);
  db.exec("DROP INDEX reply_token_of_conversation; CREATE INDEX reply_token_of_conversation ON reply_token (token)");
  db.close();
  expect(() => openDb(file)).toThrow(/its reply_token_of_conversation is another one.*Name another file/);
  const raw = new Database(file);
  expect(
    raw.prepare("SELECT sql FROM sqlite_schema WHERE name = 'reply_token_of_conversation'").pluck().get(),
  ).toContain("(token)");
  raw.close();
});

test("added tables and indexes are left alone", () => {
  const { db } = openDb(file);
  db.exec("CREATE TABLE report (day TEXT); CREATE INDEX event_by_type ON event (type)");
  db.close();
  const again = openDb(file);
  expect(again.migrated).toEqual([]);
  again.db.close();
});

describe("a file with a newer schema", () => {
  const newer = (MIGRATIONS.at(-1)?.version ?? 0) + 1;

  beforeEach(() => {
    const { db } = openDb(file);
    db.pragma(`user_version = ${newer}`);
    db.close();
  });

  test("is refused with a sentence that names it, both versions and a way out", () => {
    const said = refusal(() => openDb(file));
    expect(said).toContain(file);
    expect(said).toContain(`schema ${newer}`);
    expect(said).toContain(`knows ${newer - 1}`);
    expect(said).toMatch(/newer version|backup/);
  });

  test("is left as it was, and free for the program that knows it", () => {
    refusal(() => open());
    refusal(() => open());
    const db = new Database(file, { timeout: 0 });
    expect(db.pragma("user_version", { simple: true })).toBe(newer);
    db.pragma(`user_version = ${newer - 1}`);
    db.close();
    expect(existsSync(file)).toBe(true);
  });
});

describe("a file that another has open", () => {
  test("is refused in the same process, with a sentence, until the other is closed", async () => {
    const first = open();
    const said = refusal(() => open());
    expect(said).toContain(file);
    expect(said).toContain("PostgreSQL");
    await first.close();
    await open().close();
  });

  test("is refused in another process, until this one has closed it", async () => {
    const first = open();
    const refused = await childThatOpens();
    await kill(refused.child);
    expect(refused.said).toMatch(/^Misconfigured: another process uses/);
    await first.checkCommit();
    await first.close();
    const allowed = await childThatOpens();
    await kill(allowed.child);
    expect(allowed.said).toBe("open");
  });

  test("is free as soon as the other was killed, however it was killed", async () => {
    const { child, said } = await childThatOpens();
    expect(said).toBe("open");
    expect(refusal(() => open())).toContain("another process");
    await kill(child);
    const store = open();
    await store.checkCommit();
    await store.close();
  });

  test("stays refused after a refusal: the one that was refused takes no lock along", () => {
    const first = lockFile(file);
    refusal(() => lockFile(file));
    refusal(() => lockFile(file));
    first.release();
    lockFile(file).release();
  });

  test("is closed only after what was asked of it before is committed", async () => {
    const store = open();
    const asked = store.sealTurn("turn_of_nobody").then(() => store.checkCommit().catch((error: unknown) => error));
    const checked = store.checkCommit();
    await store.close();
    await expect(checked).resolves.toBeUndefined();
    expect(await asked).toBeInstanceOf(Unavailable);
    await expect(store.dueTurns(1)).rejects.toThrow(Unavailable);
    await open().close();
  });

  test("can still be read by a shell", async () => {
    const store = open();
    const shell = new Database(file, { readonly: true });
    expect(shell.prepare("SELECT count(*) AS turns FROM turn").get()).toEqual({ turns: 0 });
    shell.close();
    await store.close();
  });
});

describe("a path that can't be used", () => {
  test("whose folder is missing is made", async () => {
    const deep = join(folder, "a", "b", "turnpike.db");
    await open(deep).close();
    expect(existsSync(deep)).toBe(true);
  });

  test("whose folder can't be made is refused with a sentence", () => {
    writeFileSync(join(folder, "occupied"), "");
    const said = refusal(() => open(join(folder, "occupied", "turnpike.db")));
    expect(said).toContain(join(folder, "occupied"));
    expect(said).toMatch(/can't make/);
    expect(refusal(() => prepareFile(join(folder, "occupied", "deeper", "turnpike.db")))).toMatch(/can't make/);
  });

  test("that is a folder is refused with a sentence", () => {
    mkdirSync(file);
    expect(refusal(() => open())).toContain(file);
  });

  test("that is no database is refused with a sentence, and left as it was", () => {
    writeFileSync(file, "these are my notes, not a database; please keep them\n".repeat(100));
    const before = readFileSync(file);
    expect(refusal(() => open())).toContain(file);
    expect(readFileSync(file)).toEqual(before);
  });
});
