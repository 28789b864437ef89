import Database from "better-sqlite3";
import { Unavailable } from "../../core/errors.ts";
import type { Db } from "./connection.ts";

/**
 * WAL length (pages, 32 MB) from which a commit is followed by a checkpoint. A checkpoint writes each changed page once,
 * however often it changed since the last one, so rarer is cheaper.
 */
const CHECKPOINT_PAGES = 8_192;
/** The length is asked for once in so many groups: that costs as much as a statement, and a group writes few pages. */
const GROUPS_PER_CHECK = 8;

interface Waiter {
  /** Runs it in the group's transaction. Resolves to the callback that settles its caller's promise after the commit. */
  readonly work: () => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

/** What runs around every group's COMMIT. What it throws is what every caller of the group gets. */
interface CommitHooks {
  readonly before?: () => void;
  /** Before anyone is told that the group is committed. */
  readonly after?: () => void;
}

/**
 * Turns of the event loop for which a growing group waits, at most. Node accepts one new connection per turn: ten times 64
 * webhooks on fresh connections cost 583 fsyncs without this wait and 288 with it. A lone operation never waits.
 */
const MAX_TURNS = 16;

/**
 * Group commit: operations that arrive in the same turn of the event loop share one transaction and one fsync. A caller's
 * promise resolves after the commit, when it is durable.
 *
 * A failure affects no other: a group in which an operation fails is rolled back and runs again, each operation in a
 * savepoint. Not the first time, because SQLite copies every page that a savepoint is the first to change: a quarter of a
 * message's processor time. So an operation may run twice, and has no effect outside the database.
 *
 * An operation awaits only its own statements, which are synchronous underneath: a group ends before the event loop's next
 * turn. Other code that runs between its statements must not read uncommitted data: see `read`.
 */
export class GroupCommit {
  readonly #db: Db;
  readonly #onFatal: (error: Error) => void;
  readonly #hooks: CommitHooks;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;
  readonly #savepoint: Database.Statement;
  readonly #release: Database.Statement;
  readonly #rollbackTo: Database.Statement;
  readonly #logLength: Database.Statement<[], { readonly log: number }>;
  readonly #checkpoint: Database.Statement;
  #group: Waiter[] = [];
  /** The group that is being committed. */
  #open: Promise<void> | null = null;
  #fatal: Error | null = null;
  #committed = 0;

  constructor(db: Db, onFatal: (error: Error) => void, hooks: CommitHooks = {}) {
    this.#db = db;
    this.#onFatal = onFatal;
    this.#hooks = hooks;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
    this.#savepoint = db.prepare("SAVEPOINT op");
    this.#release = db.prepare("RELEASE op");
    this.#rollbackTo = db.prepare("ROLLBACK TO op");
    this.#logLength = db.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  }

  run<T>(operation: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#group.push({
      work: async () => {
        const result = await operation();
        return () => resolve(result);
      },
      reject,
    });
    if (this.#group.length === 1) this.#flushSoon(1, MAX_TURNS);
    return promise;
  }

  /** Reads between groups, when no transaction is open: only committed data. */
  async read<T>(operation: () => Promise<T>): Promise<T> {
    while (this.#open !== null) await this.#open;
    this.#assertOpen();
    return await operation();
  }

  /** Runs what needs the database for itself, after all that was asked for before: no transaction is open. */
  async alone<T>(work: () => T): Promise<T> {
    await this.flush();
    while (this.#open !== null) await this.#open;
    try {
      if (this.#fatal !== null) throw this.#fatal;
      this.#assertOpen();
      return work();
    } catch (error) {
      throw this.#classify(error);
    }
  }

  #assertOpen(): void {
    if (!this.#db.open) throw new Unavailable("the store is closed");
  }

  /** Flushes at the end of this turn of the event loop, or of a later one while the group grows. */
  #flushSoon(known: number, turnsLeft: number): void {
    setImmediate(() => {
      const grown = this.#group.length;
      if (grown > known && turnsLeft > 1) this.#flushSoon(grown, turnsLeft - 1);
      else void this.flush();
    });
  }

  /** Commits the waiting operations. Never rejects: each caller has its own promise. */
  async flush(): Promise<void> {
    while (this.#open !== null) await this.#open;
    const group = this.#group;
    this.#group = [];
    if (group.length === 0) return;
    // Set before the first operation runs, so that reads wait.
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    this.#open = closed;
    await this.#commitGroup(group);
    this.#open = null;
    close();
  }

  async #commitGroup(group: readonly Waiter[]): Promise<void> {
    let settle: readonly (() => void)[];
    try {
      if (this.#fatal !== null) throw this.#fatal;
      this.#assertOpen();
      settle = (await this.#runTogether(group)) ?? (await this.#runApart(group));
      this.#hooks.before?.();
      this.#commit.run();
      this.#hooks.after?.();
    } catch (error) {
      this.#abandon(group, error);
      return;
    }
    for (const resolve of settle) resolve();
    this.#checkpointLongLog();
  }

  /**
   * Checkpoint: moves committed pages from the WAL to the database. SQLite's automatic checkpoint, inside the commit, hides a
   * failed fsync, and the WAL would grow without bound on a failing disk. A full disk or a concurrent reader only postpones
   * it: the WAL has everything, and the next commit tries again.
   */
  #checkpointLongLog(): void {
    this.#committed += 1;
    if (this.#committed % GROUPS_PER_CHECK !== 0) return;
    try {
      if ((this.#logLength.get()?.log ?? 0) >= CHECKPOINT_PAGES) this.#checkpoint.get();
    } catch (error) {
      const classified = this.#classify(error);
      if (!(classified instanceof Unavailable)) throw classified;
    }
  }

  /** Runs the group in a transaction that is left open. `null`: one failed, and the transaction was rolled back. */
  async #runTogether(group: readonly Waiter[]): Promise<(() => void)[] | null> {
    this.#begin.run();
    const settle: (() => void)[] = [];
    try {
      for (const { work } of group) settle.push(await work());
      return settle;
    } catch (error) {
      const classified = this.#classify(error);
      // A lone operation would only fail again; after a full disk or an I/O error SQLite has rolled back by itself.
      if (group.length === 1 || this.#fatal !== null || !this.#db.inTransaction) throw classified;
      this.#rollback.run();
      return null;
    }
  }

  async #runApart(group: readonly Waiter[]): Promise<(() => void)[]> {
    this.#begin.run();
    const settle: (() => void)[] = [];
    for (const waiter of group) settle.push(await this.#inSavepoint(waiter));
    return settle;
  }

  async #inSavepoint(waiter: Waiter): Promise<() => void> {
    this.#savepoint.run();
    try {
      const resolve = await waiter.work();
      this.#release.run();
      return resolve;
    } catch (error) {
      const classified = this.#classify(error);
      if (this.#fatal !== null || !this.#db.inTransaction) throw classified;
      this.#rollbackTo.run();
      this.#release.run();
      return () => waiter.reject(classified);
    }
  }

  #abandon(group: readonly Waiter[], error: unknown): void {
    const classified = this.#classify(error);
    if (this.#db.open && this.#db.inTransaction) this.#rollback.run();
    for (const waiter of group) waiter.reject(classified);
  }

  #classify(error: unknown): unknown {
    if (!(error instanceof Database.SqliteError) || !isUnavailable(error.code)) return error;
    if (isFatal(error.code) && this.#fatal === null) {
      this.#fatal = error;
      this.#onFatal(error);
    }
    return new Unavailable(`the database can't commit (${error.code})`, { cause: error });
  }
}

const UNAVAILABLE = [
  "FULL",
  "BUSY",
  "LOCKED",
  "READONLY",
  "CANTOPEN",
  "PROTOCOL",
  "NOMEM",
  "IOERR",
  "CORRUPT",
  "NOTADB",
];

/** A violated constraint or a wrong statement is a bug and stays as it is. */
function isUnavailable(code: string): boolean {
  return UNAVAILABLE.some((kind) => code.startsWith(`SQLITE_${kind}`));
}

/**
 * After a failed fsync the kernel may have dropped the dirty pages and report success next time: the state in memory can't
 * be trusted, and only a restart reads what is on the disk.
 */
function isFatal(code: string): boolean {
  // The shared-memory index is rebuilt from the WAL: it only failed to grow, on a full disk.
  const isIndex = code.startsWith("SQLITE_IOERR_SHM");
  return (code.startsWith("SQLITE_IOERR") && !isIndex) || code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}
