/**
 * Goal: a disk that is full costs a refusal and nothing else, wherever SQLite meets it: at the start, whose message says
 * what to do, and when only the log's index in shared memory has to grow.
 * Method: a small disk in memory that another file fills.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SmallDisk, whyNoSmallDisk } from "../../../test/e2e/support/disk-small.ts";
import { Misconfigured, Unavailable } from "../../core/errors.ts";
import { openDb } from "./connection.ts";
import { GroupCommit } from "./group-commit.ts";
import { sqlite } from "./index.ts";

const noDisk = whyNoSmallDisk();
const titled = (title: string) => (noDisk === null ? title : `${title} (skipped: ${noDisk})`);

let folder: string;
let file: string;
let disk: SmallDisk | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-full-disk-"));
  file = join(folder, "turnpike.db");
  disk = null;
});

afterEach(() => {
  disk?.[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

function mount(megabytes: number): SmallDisk {
  disk = new SmallDisk(folder, megabytes);
  return disk;
}

const open = (path = file) => sqlite({ file: path });

/** What the start says when it is refused. */
async function refusal(path = file): Promise<string> {
  try {
    await open(path).close();
  } catch (error) {
    expect(error).toBeInstanceOf(Misconfigured);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

describe.skipIf(noDisk !== null)(titled("a start on a full disk"), () => {
  test("is refused with the file's name and what to do, and works when there is room", async () => {
    const small = mount(4);
    small.fill();
    expect(await refusal()).toMatch(/turnpike\.db-lock .*disk is full\. Make room on it and start again/);
    expect(await refusal(join(folder, "deeper", "turnpike.db"))).toContain("the disk is full. Make room");
    small.makeRoom();
    await open().close();
  });

  test("of a file that was there is refused too, and the file is as it was", async () => {
    const small = mount(4);
    const store = open();
    await store.checkCommit();
    await store.close();
    small.fill();
    expect(await refusal()).toContain("the disk is full. Make room");
    small.makeRoom();
    const again = open();
    await again.checkCommit();
    await again.close();
  });

  test("is refused in the same words however little room there is, whatever needs it first", async () => {
    const small = mount(4);
    for (let kilobytes = 4; kilobytes <= 64; kilobytes += 4) {
      small.fill();
      truncateSync(join(folder, "filler"), statSync(join(folder, "filler")).size - kilobytes * 1024);
      expect(await refusal()).toContain("the disk is full. Make room");
      small.makeRoom();
      for (const suffix of ["", "-wal", "-shm", "-journal", "-lock", "-lock-journal"]) {
        rmSync(`${file}${suffix}`, { force: true });
      }
    }
  });

  test("of a disk that can take no more files is refused with a sentence", async () => {
    disk = new SmallDisk(folder, 4, { files: 1 });
    expect(await refusal()).toMatch(/turnpike\.db-lock .*on a disk with room for it/);
  });
});

/** Leaves a long log that is all free again, as a busy day does, and ends without a word. */
const BUSY_DAY = `
  const { openDb } = await import(${JSON.stringify(new URL("./connection.ts", import.meta.url).href)});
  const { db } = openDb(process.argv[1]);
  db.exec("CREATE TABLE filler (bytes BLOB)");
  const insert = db.prepare("INSERT INTO filler VALUES (zeroblob(1000000))");
  for (let count = 0; count < 24; count += 1) insert.run();
  db.pragma("wal_checkpoint(RESTART)");
  db.exec("DELETE FROM probe");
  process.kill(process.pid, "SIGKILL");`;

describe.skipIf(noDisk !== null)(titled("a full disk that has room in the log, but none for its index"), () => {
  test("is unavailable and not fatal, and it recovers by itself", async () => {
    const small = mount(100);
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "--eval", BUSY_DAY, file]);
    expect(signal).toBe("SIGKILL");
    const { db } = openDb(file);
    const fatal: Error[] = [];
    const writer = new GroupCommit(db, (error) => fatal.push(error));
    const insert = db.prepare("INSERT INTO filler VALUES (zeroblob(100000))");
    const count = () => db.prepare("SELECT count(*) FROM filler").pluck().get();
    small.fill();
    let done = 24;
    const refused = await (async () => {
      for (; done < 1_000; done += 1) await writer.run(async () => insert.run());
    })().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Unavailable);
    expect((refused as Unavailable).message).toContain("SQLITE_IOERR_SHMSIZE");
    expect(fatal).toEqual([]);
    expect(count()).toBe(done);
    await expect(writer.run(async () => insert.run())).rejects.toThrow(Unavailable);
    small.makeRoom();
    await writer.run(async () => insert.run());
    expect(fatal).toEqual([]);
    expect(count()).toBe(done + 1);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });
});
