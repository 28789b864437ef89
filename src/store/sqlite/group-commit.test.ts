/**
 * Goal: a promise that resolved is on the disk, operations share a commit without sharing their failures, and a store
 * that can't commit says so and changes nothing (G1, G10).
 * Method: a real file. Commits are counted in its write-ahead log; a second connection sees what is committed, holds
 * the write lock or makes the disk full.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Unavailable } from "../../core/errors.ts";
import { type Db, openDb } from "./connection.ts";
import { GroupCommit } from "./group-commit.ts";

let folder: string;
let file: string;
let db: Db;
let other: Db;
let fatal: Error[];
let writer: GroupCommit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-writer-"));
  file = join(folder, "turnpike.db");
  ({ db } = openDb(file));
  db.pragma("busy_timeout = 0");
  db.exec("CREATE TABLE note (id INTEGER PRIMARY KEY, words TEXT NOT NULL UNIQUE)");
  other = new Database(file, { timeout: 0 });
  fatal = [];
  writer = new GroupCommit(db, (error) => fatal.push(error));
});

afterEach(() => {
  other.close();
  db.close();
  rmSync(folder, { recursive: true });
});

function note(words: string): number {
  return Number(db.prepare("INSERT INTO note (words) VALUES (?)").run(words).lastInsertRowid);
}

/** What another process would see. */
function committed(): string[] {
  const rows = other.prepare<[], { words: string }>("SELECT words FROM note ORDER BY id").all();
  return rows.map((row) => row.words);
}

/** Each commit ends with a frame that tells the size of the database after it (sqlite.org/fileformat2, 4.1). */
function commitsInLog(): number {
  const log = readFileSync(`${file}-wal`);
  const pageBytes = log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let commits = 0;
  for (let at = 32; at + 24 + pageBytes <= log.length; at += 24 + pageBytes) {
    if (!log.subarray(at + 8, at + 16).equals(salt)) break;
    if (log.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return commits;
}

function outcomes(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.map((result) => (result.status === "fulfilled" ? result.value : result.reason.constructor));
}

describe("operations that arrive in the same turn of the event loop", () => {
  test("share one commit", async () => {
    const before = commitsInLog();
    await Promise.all(["a", "b", "c", "d"].map((words) => writer.run(async () => note(words))));
    expect(commitsInLog() - before).toBe(1);
    expect(committed()).toEqual(["a", "b", "c", "d"]);
  });

  test("are done in the order in which they came, each with its own result", async () => {
    const results = await Promise.all(["a", "b", "c"].map((words) => writer.run(async () => `${words}${note(words)}`)));
    expect(results).toEqual(["a1", "b2", "c3"]);
  });

  test("see what those before them have written", async () => {
    const count = async () => db.prepare<[], { notes: number }>("SELECT count(*) AS notes FROM note").get()?.notes;
    const [, seen] = await Promise.all([writer.run(async () => note("a")), writer.run(count)]);
    expect(seen).toBe(1);
  });

  test("don't share a commit with those of the next turn", async () => {
    const before = commitsInLog();
    await writer.run(async () => note("a"));
    await writer.run(async () => note("b"));
    expect(commitsInLog() - before).toBe(2);
  });

  test("wait for one another and no longer: what arrives while they commit has a commit of its own", async () => {
    const before = commitsInLog();
    const second: Promise<number>[] = [];
    await writer.run(async () => {
      second.push(writer.run(async () => note("b")));
      return note("a");
    });
    await Promise.all(second);
    expect(commitsInLog() - before).toBe(2);
    expect(committed()).toEqual(["a", "b"]);
  });
});

describe("a promise", () => {
  test("resolves after the commit, and nothing is visible before", async () => {
    const seen: string[][] = [];
    const promise = writer.run(async () => {
      note("a");
      seen.push(committed());
    });
    seen.push(committed());
    await promise.then(() => seen.push(committed()));
    expect(seen).toEqual([[], [], ["a"]]);
  });

  test("rejects after the commit too, when its operation failed beside others", async () => {
    let seen: string[] = [];
    const failed = writer
      .run(async () => {
        throw new Error("no");
      })
      .catch(() => {
        seen = committed();
      });
    const done = writer.run(async () => note("a"));
    await Promise.all([failed, done]);
    expect(seen).toEqual(["a"]);
  });
});

describe("a read", () => {
  test("that is asked for while a group is open waits for its end, and sees what was committed", async () => {
    let seen: Promise<string[]> | null = null;
    const count = () =>
      db
        .prepare<[], { words: string }>("SELECT words FROM note")
        .all()
        .map(({ words }) => words);
    const failed = writer.run(async () => {
      note("half done");
      seen = writer.read(async () => count());
      await Promise.resolve();
      throw new RangeError("no");
    });
    const done = writer.run(async () => note("a"));
    await expect(failed).rejects.toThrow(RangeError);
    await done;
    await expect(seen).resolves.toEqual(["a"]);
  });
});

describe("an operation that fails", () => {
  test("takes no other with it, and leaves nothing of its own", async () => {
    const results = await Promise.allSettled([
      writer.run(async () => note("a")),
      writer.run(async () => {
        note("half done");
        throw new RangeError("no");
      }),
      writer.run(async () => note("b")),
    ]);
    expect(outcomes(results)).toEqual([1, RangeError, 2]);
    expect(committed()).toEqual(["a", "b"]);
  });

  test("because of a constraint says that, and not that the store is unavailable", async () => {
    const results = await Promise.allSettled(["a", "a", "b"].map((words) => writer.run(async () => note(words))));
    expect(outcomes(results)).toEqual([1, Database.SqliteError, 2]);
    expect(committed()).toEqual(["a", "b"]);
    expect(fatal).toEqual([]);
  });

  test("because of wrong SQL takes no other with it", async () => {
    const results = await Promise.allSettled([
      writer.run(async () => db.exec("INSERT INTO nowhere VALUES (1)")),
      writer.run(async () => note("a")),
    ]);
    expect(results.map((result) => result.status)).toEqual(["rejected", "fulfilled"]);
    expect(committed()).toEqual(["a"]);
  });
});

describe("while another connection holds the write lock", () => {
  beforeEach(() => other.exec("BEGIN IMMEDIATE"));

  test("all of a group are told that the store is unavailable, and nothing has changed", async () => {
    const results = await Promise.allSettled(["a", "b"].map((words) => writer.run(async () => note(words))));
    expect(outcomes(results)).toEqual([Unavailable, Unavailable]);
    other.exec("COMMIT");
    expect(committed()).toEqual([]);
    expect(fatal).toEqual([]);
  });

  test("nothing is lost for good: it works again when the lock is free", async () => {
    await expect(writer.run(async () => note("a"))).rejects.toThrow(Unavailable);
    other.exec("COMMIT");
    await writer.run(async () => note("b"));
    expect(committed()).toEqual(["b"]);
  });

  test("what is read is what is committed", async () => {
    await expect(writer.run(async () => note("a"))).rejects.toThrow(Unavailable);
    expect(db.inTransaction).toBe(false);
    expect(db.prepare("SELECT words FROM note").all()).toEqual([]);
  });
});

describe("when the disk is full", () => {
  const BIG = "x".repeat(100_000);

  beforeEach(() => {
    const pages = Number(db.pragma("page_count", { simple: true }));
    db.pragma(`max_page_count = ${pages + 2}`);
  });

  test("what doesn't fit is refused as unavailable, and nothing of it is there", async () => {
    const results = await Promise.allSettled([
      writer.run(async () => note("small")),
      writer.run(async () => note(BIG)),
    ]);
    expect(outcomes(results).at(-1)).toBe(Unavailable);
    // Whoever was told that it is done has it on the disk; whoever was not has nothing there.
    expect(committed()).toEqual(results[0].status === "fulfilled" ? ["small"] : []);
    expect(db.inTransaction).toBe(false);
    expect(fatal).toEqual([]);
  });

  test("an operation of several writes is refused as a whole", async () => {
    const both = async () => {
      note("first");
      note(BIG);
    };
    await expect(writer.run(both)).rejects.toThrow(Unavailable);
    expect(committed()).toEqual([]);
  });

  test("it works again when there is room", async () => {
    await expect(writer.run(async () => note(BIG))).rejects.toThrow(Unavailable);
    db.pragma("max_page_count = 1000000");
    await writer.run(async () => note(BIG));
    expect(committed()).toEqual([BIG]);
    expect(fatal).toEqual([]);
  });
});

describe("when the file can't be trusted any more", () => {
  /** As SQLite reports a failed fsync. The codes are its own; a disk that fails is tried in the e2e tests. */
  const failedSync = async (): Promise<never> => {
    throw new Database.SqliteError("disk I/O error", "SQLITE_IOERR_FSYNC");
  };

  test("nobody in the group is told that it is done, and the process is told once", async () => {
    const results = await Promise.allSettled([
      writer.run(async () => note("a")),
      writer.run(failedSync),
      writer.run(async () => note("b")),
    ]);
    expect(outcomes(results)).toEqual([Unavailable, Unavailable, Unavailable]);
    expect(committed()).toEqual([]);
    expect(fatal).toHaveLength(1);
  });

  test("nothing is written ever after", async () => {
    await expect(writer.run(failedSync)).rejects.toThrow(Unavailable);
    await expect(writer.run(async () => note("a"))).rejects.toThrow(Unavailable);
    await expect(writer.run(failedSync)).rejects.toThrow(Unavailable);
    expect(committed()).toEqual([]);
    expect(fatal).toHaveLength(1);
  });
});

describe("when the log's index can't grow, on a disk that is full", () => {
  test.each(["SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP", "SQLITE_FULL"])("%s is not the end", async (code) => {
    const full = async (): Promise<never> => {
      throw new Database.SqliteError("disk I/O error", code);
    };
    await expect(writer.run(full)).rejects.toThrow(Unavailable);
    await writer.run(async () => note("a"));
    expect(committed()).toEqual(["a"]);
    expect(fatal).toEqual([]);
  });
});

describe("a log that has grown long", () => {
  const LARGE = "x".repeat(4_000_000);
  const fill = async (into: GroupCommit) => {
    for (let count = 0; count < 10; count += 1) await into.run(async () => note(`${count}${LARGE}`));
  };
  const pagesInLog = () => db.prepare<[], { log: number }>("PRAGMA wal_checkpoint(NOOP)").get()?.log;

  test("is moved into the database, and begins anew", async () => {
    await fill(writer);
    await writer.run(async () => note("after it"));
    expect(pagesInLog()).toBeLessThan(8_192);
    expect(fatal).toEqual([]);
  });

  /** The same database, whose checkpoints fail so. What else it is asked it does. */
  const failing = (code: string) =>
    new Proxy(db, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== "prepare") return typeof value === "function" ? value.bind(target) : value;
        return (sql: string) => {
          const statement = target.prepare(sql);
          if (!sql.includes("PASSIVE")) return statement;
          return Object.assign(statement, {
            get: () => {
              throw new Database.SqliteError("disk I/O error", code);
            },
          });
        };
      },
    });

  test("and whose move to the disk fails is the end: what was committed is in the log", async () => {
    const ending = new GroupCommit(failing("SQLITE_IOERR_FSYNC"), (error) => fatal.push(error));
    await expect(fill(ending)).rejects.toThrow(Unavailable);
    expect(fatal).toHaveLength(1);
  });

  test("and can't be moved because the disk is full stays, and everything goes on", async () => {
    const full = new GroupCommit(failing("SQLITE_FULL"), (error) => fatal.push(error));
    await fill(full);
    await full.run(async () => note("after it"));
    expect(committed().at(-1)).toBe("after it");
    expect(fatal).toEqual([]);
  });
});
