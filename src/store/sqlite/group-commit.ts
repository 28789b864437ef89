import Database from "better-sqlite3";
import { Unavailable } from "../../core/errors.ts";
import type { Db } from "./connection.ts";

/**
 * Pages in the log from which on a commit is followed by a checkpoint: 32 MB. A checkpoint writes each changed page
 * once, however often it changed since the last, so rarer is cheaper.
 */
const CHECKPOINT_PAGES = 8_192;

interface Waiter {
  /** Does the work inside the group's transaction and says how its caller is to be told once it is committed. */
  readonly work: () => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

/**
 * A group waits for the next turn of the event loop at most this often. Node accepts one new connection per turn: ten times
 * 64 webhooks on fresh connections cost 583 fsyncs without this wait and 288 with it. A lone operation never waits.
 */
const MAX_TURNS = 16;

/**
 * The one writer, with group commit: operations that arrive in the same turn of the event loop share one transaction
 * and one fsync, each in a savepoint of its own, so that one that fails takes no other with it. A caller's promise
 * resolves after the commit, so whatever it does next can rely on the disk.
 *
 * An operation waits for nothing but its own statements, which are synchronous underneath: a group is over before the event
 * loop's next turn. What else runs in between its statements must not read what isn't committed: see `read`.
 */
export class GroupCommit {
  readonly #db: Db;
  readonly #onFatal: (error: Error) => void;
  readonly #beforeCommit: () => void;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #savepoint: Database.Statement;
  readonly #release: Database.Statement;
  readonly #rollbackTo: Database.Statement;
  readonly #logLength: Database.Statement<[], { readonly log: number }>;
  readonly #checkpoint: Database.Statement;
  #group: Waiter[] = [];
  /** The group that is being committed. */
  #open: Promise<void> | null = null;
  #fatal: Error | null = null;

  /** `beforeCommit` does what belongs to every group. */
  constructor(db: Db, onFatal: (error: Error) => void, beforeCommit: () => void = () => {}) {
    this.#db = db;
    this.#onFatal = onFatal;
    this.#beforeCommit = beforeCommit;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
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

  /** Between groups no transaction is open: what is read then is committed. */
  async read<T>(operation: () => Promise<T>): Promise<T> {
    while (this.#open !== null) await this.#open;
    this.#assertOpen();
    return await operation();
  }

  #assertOpen(): void {
    if (!this.#db.open) throw new Unavailable("the store is closed");
  }

  /** At the end of this turn of the event loop, or of a later one while each brings more. */
  #flushSoon(known: number, turnsLeft: number): void {
    setImmediate(() => {
      const grown = this.#group.length;
      if (grown > known && turnsLeft > 1) this.#flushSoon(grown, turnsLeft - 1);
      else void this.flush();
    });
  }

  /** Commits what has arrived. Never rejects: each caller is told by its own promise. */
  async flush(): Promise<void> {
    while (this.#open !== null) await this.#open;
    const group = this.#group;
    this.#group = [];
    if (group.length === 0) return;
    // Before the first operation begins, which may be asked to read.
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    this.#open = closed;
    await this.#commitGroup(group);
    this.#open = null;
    close();
  }

  async #commitGroup(group: readonly Waiter[]): Promise<void> {
    const settle: (() => void)[] = [];
    try {
      if (this.#fatal !== null) throw this.#fatal;
      this.#assertOpen();
      this.#begin.run();
      for (const waiter of group) settle.push(await this.#inSavepoint(waiter));
      this.#beforeCommit();
      this.#commit.run();
    } catch (error) {
      this.#abandon(group, error);
      return;
    }
    for (const tell of settle) tell();
    this.#checkpointLongLog();
  }

  /**
   * Moves what is committed from the log to the database. SQLite would do that by itself, inside the commit, and say
   * nothing of an fsync that failed there: then the log grows for ever on a disk that is dying. A full disk or a reader
   * in the way only puts it off: the log has everything, and the next commit tries again.
   */
  #checkpointLongLog(): void {
    try {
      if ((this.#logLength.get()?.log ?? 0) >= CHECKPOINT_PAGES) this.#checkpoint.get();
    } catch (error) {
      const told = this.#asUnavailable(error);
      if (!(told instanceof Unavailable)) throw told;
    }
  }

  async #inSavepoint(waiter: Waiter): Promise<() => void> {
    this.#savepoint.run();
    try {
      const resolve = await waiter.work();
      this.#release.run();
      return resolve;
    } catch (error) {
      const told = this.#asUnavailable(error);
      // A full disk or an I/O error makes SQLite roll back everything by itself: then nobody in the group has anything.
      if (this.#fatal !== null || !this.#db.inTransaction) throw told;
      this.#rollbackTo.run();
      this.#release.run();
      return () => waiter.reject(told);
    }
  }

  #abandon(group: readonly Waiter[], error: unknown): void {
    const told = this.#asUnavailable(error);
    if (this.#db.open && this.#db.inTransaction) this.#db.exec("ROLLBACK");
    for (const waiter of group) waiter.reject(told);
  }

  #asUnavailable(error: unknown): unknown {
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

/** A broken constraint or a wrong statement is a wrong program, not a store that is unavailable: it must be seen as that. */
function isUnavailable(code: string): boolean {
  return UNAVAILABLE.some((kind) => code.startsWith(`SQLITE_${kind}`));
}

/**
 * After a failed fsync the kernel may have dropped the dirty pages and say "fine" next time: what is in memory can't
 * be trusted any more, and only a restart reads the truth from the disk.
 */
function isFatal(code: string): boolean {
  // The shared-memory index is rebuilt from the log: it only failed to grow, on a disk that is full.
  const isIndex = code.startsWith("SQLITE_IOERR_SHM");
  return (code.startsWith("SQLITE_IOERR") && !isIndex) || code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}
