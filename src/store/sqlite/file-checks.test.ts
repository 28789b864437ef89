/**
 * Goal: a file that would lose what was acked, or that two processes would use as one, is refused before it is opened, and
 * a doubtful one is named; what the gateway makes is its user's alone.
 * Method: real files, links and mounts, opened as the gateway does and examined as the doctor does.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SmallDisk, whyNoSmallDisk } from "../../../test/e2e/support/disk-small.ts";
import { Misconfigured } from "../../core/errors.ts";
import { systemClock } from "../../runtime/clock.ts";
import { openDb } from "./connection.ts";
import { checkSqlite } from "./diagnostics.ts";
import { sqlite } from "./index.ts";

const noMount = whyNoSmallDisk();
const titled = (title: string) => (noMount === null ? title : `${title} (skipped: ${noMount})`);

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-file-"));
  file = join(folder, "turnpike.db");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Opens and closes it as a gateway does: the refusal, if any, and the warnings. */
async function opened(path = file): Promise<{ refusal: string | null; warnings: readonly string[] }> {
  const warnings: string[] = [];
  try {
    await sqlite({ file: path, onWarning: (text) => warnings.push(text) }).close();
    return { refusal: null, warnings };
  } catch (error) {
    expect(error).toBeInstanceOf(Misconfigured);
    return { refusal: (error as Error).message, warnings };
  }
}

/** What the doctor finds wrong, by its name. */
function examined(path = file): Readonly<Record<string, string>> {
  const findings = checkSqlite({ file: path, clock: systemClock(), freeMib: 0 });
  return Object.fromEntries(findings.filter((one) => "why" in one).map(({ check, level }) => [check, level]));
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("what the gateway makes", () => {
  test("is its user's alone: the file, its log, its index and its lock", async () => {
    const store = sqlite({ file });
    await store.checkCommit();
    const modes = ["", "-wal", "-shm", "-lock"].map((end) => mode(`${file}${end}`));
    await store.close();
    expect(modes).toEqual(["600", "600", "600", "600"]);
    expect(await opened()).toEqual({ refusal: null, warnings: [] });
  });

  test("leaves the mode of a file that was there", async () => {
    openDb(file).db.close();
    chmodSync(file, 0o640);
    expect(await opened()).toEqual({ refusal: null, warnings: [] });
    expect(mode(file)).toBe("640");
  });
});

describe("a file that others may read", () => {
  beforeEach(() => {
    openDb(file).db.close();
    chmodSync(file, 0o644);
  });

  test("is a warning where they can reach it", async () => {
    chmodSync(folder, 0o755);
    const { refusal, warnings } = await opened();
    expect(refusal).toBe(null);
    expect(warnings).toEqual([expect.stringMatching(/read by every user of this machine \(mode 0644\).*chmod 600/)]);
    expect(examined()).toEqual({ "database-readers": "warning" });
  });

  test("is none in a folder that is closed to them", async () => {
    chmodSync(folder, 0o750);
    expect(await opened()).toEqual({ refusal: null, warnings: [] });
    expect(examined()).toEqual({});
  });
});

describe("an empty file", () => {
  test("is a warning, because SQLite takes it for a new database", async () => {
    writeFileSync(file, "", { mode: 0o600 });
    expect(examined()).toEqual({ "database-empty": "warning" });
    const { refusal, warnings } = await opened();
    expect(refusal).toBe(null);
    expect(warnings).toEqual([expect.stringMatching(/turnpike\.db is empty: 0 bytes\..*Restore a backup/)]);
  });

  test.each(["is empty", "is missing"])("that %s beside a log is refused, and the log is kept", async (what) => {
    const store = sqlite({ file });
    await store.checkCommit();
    const log = readFileSync(`${file}-wal`);
    await store.close();
    // SQLite deletes the log of an empty file, even when it only reads.
    if (what === "is empty") truncateSync(file);
    else rmSync(file);
    writeFileSync(`${file}-wal`, log);
    expect((await opened()).refusal).toContain(`${file} ${what}, and its log ${file}-wal is not.`);
    expect(examined()).toMatchObject({ "database-lost": "fault" });
    expect(readFileSync(`${file}-wal`)).toEqual(log);
  });
});

describe("one file under two names", () => {
  test("by a hard link is refused under both", async () => {
    openDb(file).db.close();
    const other = join(folder, "other.db");
    linkSync(file, other);
    for (const name of [file, other]) {
      expect((await opened(name)).refusal).toMatch(/has 2 names \(hard links\)/);
      expect(examined(name)).toEqual({ "database-links": "fault" });
    }
    expect(existsSync(`${other}-lock`)).toBe(false);
  });

  test("by a hard link is refused while a gateway runs on it, which goes on", async () => {
    const store = sqlite({ file });
    const other = join(folder, "other.db");
    linkSync(file, other);
    expect((await opened(other)).refusal).toMatch(/hard links/);
    await store.checkCommit();
    await store.close();
  });

  test("by a symbolic link is one file with one lock", async () => {
    const store = sqlite({ file });
    const other = join(folder, "other.db");
    symlinkSync(file, other);
    expect((await opened(other)).refusal).toMatch(/another process uses/);
    await store.close();
  });

  test.skipIf(noMount !== null)(titled("by a bind mount of the file is refused there"), async () => {
    const store = sqlite({ file });
    const elsewhere = join(folder, "else where");
    mkdirSync(elsewhere);
    const other = join(elsewhere, "turnpike.db");
    writeFileSync(other, "");
    expect(spawnSync("mount", ["--bind", file, other]).status).toBe(0);
    try {
      expect((await opened(other)).refusal).toMatch(/is mounted by itself.*Mount the folder/);
      expect(examined(other)).toMatchObject({ "database-mount": "fault" });
    } finally {
      spawnSync("umount", ["--lazy", other]);
    }
    await store.close();
  });

  test.skipIf(noMount !== null)(titled("by a bind mount of its folder is one file with one lock"), async () => {
    const data = join(folder, "data");
    const store = sqlite({ file: join(data, "turnpike.db") });
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere);
    expect(spawnSync("mount", ["--bind", data, elsewhere]).status).toBe(0);
    try {
      expect((await opened(join(elsewhere, "turnpike.db"))).refusal).toMatch(/another process uses/);
    } finally {
      spawnSync("umount", ["--lazy", elsewhere]);
    }
    await store.close();
  });
});

test.skipIf(noMount !== null)(titled("a file in memory is a warning"), async () => {
  using disk = new SmallDisk(folder, 100);
  const { refusal, warnings } = await opened();
  expect(refusal).toBe(null);
  expect(warnings).toEqual([expect.stringMatching(/is on tmpfs, which is in memory\..*on a volume/)]);
  expect(examined()).toEqual({ "database-memory": "warning" });
  expect(disk).toBeDefined();
});
