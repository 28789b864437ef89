/** A PostgreSQL database as the target of `turnpike copy`: locked against gateways while it is filled. */
import pg from "pg";
import { assert, Misconfigured } from "../../core/errors.ts";
import { INVARIANTS, type Violation, violationsOf } from "../copy/invariants.ts";
import type { ColumnValue } from "../copy/tables.ts";
import type { CopyTarget } from "../copy/target.ts";
import { describe } from "./open-database.ts";
import { clientConfig, prepareSession } from "./pool.ts";
import { replaceNul } from "./replace-nul.ts";

/** Checking a large database takes long. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/** The store's time, as the table `probe` holds it. */
interface StoredTime {
  readonly written_at: number;
  readonly ahead_ms: number;
}

interface CopyRow extends StoredTime {
  readonly source: string;
  readonly is_finished: boolean;
}

/** Two connections: one holds the lock against gateways until the end, the other writes. */
export class PostgresCopyTarget implements CopyTarget {
  readonly name: string;
  readonly #locker: pg.Client;
  readonly #writer: pg.Client;

  private constructor(name: string, locker: pg.Client, writer: pg.Client) {
    this.name = name;
    this.#locker = locker;
    this.#writer = writer;
  }

  static async open(url: string): Promise<PostgresCopyTarget> {
    const locker = await connect(url);
    try {
      return new PostgresCopyTarget(describe(url), locker, await connect(url));
    } catch (error) {
      await locker.end();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#locker.end(), this.#writer.end()]);
  }

  /**
   * Locks the row of the store's time. A gateway writes that row at its start and each second: while it is locked none can
   * start, and its content shows whether one has run since the last copy.
   *
   * Resolves to whether the database contains an earlier copy. Throws `Misconfigured` when it contains anything else.
   */
  async lock(source: string, tables: readonly string[]): Promise<boolean> {
    await this.#writer.query(`
      CREATE TABLE IF NOT EXISTS turnpike_copy (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1), source TEXT NOT NULL, begun_at TIMESTAMPTZ NOT NULL,
        finished_at TIMESTAMPTZ, written_at BIGINT NOT NULL, ahead_ms BIGINT NOT NULL)`);
    await this.#locker.query("BEGIN");
    const stored = await this.#lockStoredTime();
    const { rows } = await this.#writer.query<CopyRow>(
      "SELECT source, written_at, ahead_ms, finished_at IS NOT NULL AS is_finished FROM turnpike_copy",
    );
    const [earlier] = rows;
    if (earlier === undefined) await this.#refuseOwnData(stored, tables);
    else this.#refuseUsedSinceCopy(earlier, stored, source);
    await this.#writer.query(
      `INSERT INTO turnpike_copy VALUES (1, $1, now(), NULL, $2, $3)
       ON CONFLICT (only_row) DO UPDATE SET source = excluded.source, begun_at = now(), finished_at = NULL`,
      [source, stored.written_at, stored.ahead_ms],
    );
    return earlier !== undefined;
  }

  async #lockStoredTime(): Promise<StoredTime> {
    const { rows } = await this.#locker
      .query<StoredTime>("SELECT written_at, ahead_ms FROM probe WHERE only_row = 1 FOR UPDATE NOWAIT")
      .catch((cause: unknown) => {
        if (!(cause instanceof pg.DatabaseError && cause.code === "55P03")) throw cause;
        throw new Misconfigured(`${this.name} is in use by a gateway or another copy. Stop it and copy again`, {
          cause,
        });
      });
    assert(rows[0] !== undefined, "the table probe has lost its row");
    return rows[0];
  }

  async #refuseOwnData(stored: StoredTime, tables: readonly string[]): Promise<void> {
    const filled: string[] = [];
    for (const table of tables) if ((await this.count(table)) > 0) filled.push(table);
    if (filled.length === 0 && stored.written_at === 0) return;
    const why = filled.length > 0 ? `there are rows in ${filled.join(", ")}` : "a gateway has been started on it";
    throw new Misconfigured(
      `${this.name} has data of its own (${why}), and two databases can't be merged. ` +
        "Copy into a new, empty database: CREATE DATABASE …",
    );
  }

  #refuseUsedSinceCopy(earlier: CopyRow, stored: StoredTime, source: string): void {
    if (earlier.written_at !== stored.written_at || earlier.ahead_ms !== stored.ahead_ms) {
      throw new Misconfigured(
        `a gateway has run on ${this.name} since the last copy; another copy would undo its work, and people would be ` +
          "answered twice. If that copy was a trial, copy into a new, empty database",
      );
    }
    if (earlier.source !== source) {
      throw new Misconfigured(
        `${this.name} holds a copy of ${earlier.source}, not of ${source}, and two databases can't be merged. ` +
          "Copy into a new, empty database",
      );
    }
  }

  /** Tables with their columns. */
  async tables(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { rows } = await this.#writer.query<{ name: string; columns: string[] }>(`
      SELECT table_name AS name, array_agg(column_name::text) AS columns
      FROM information_schema.columns WHERE table_schema = current_schema() GROUP BY table_name`);
    return new Map(rows.map(({ name, columns }) => [name, columns]));
  }

  async empty(tables: readonly string[]): Promise<void> {
    await this.#writer.query(`TRUNCATE ${tables.join(", ")}`);
    // The inserts need not wait for the disk: the last commit flushes them all.
    await this.#writer.query("SET synchronous_commit = off");
  }

  async insert(
    table: string,
    columns: readonly string[],
    rows: readonly Readonly<Record<string, ColumnValue>>[],
  ): Promise<void> {
    const list = columns.join(", ");
    await this.#writer.query(
      `INSERT INTO ${table} (${list}) SELECT ${list} FROM json_populate_recordset(NULL::${table}, $1::json)`,
      [JSON.stringify(rows, (_, value: unknown) => (typeof value === "string" ? replaceNul(value) : value))],
    );
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.#writer.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
    return rows[0]?.count ?? 0;
  }

  /** Continues the sequences after the copied rows: `seq` is the order within a conversation. */
  async continueSequences(tables: readonly string[]): Promise<void> {
    for (const table of tables) {
      await this.#writer.query(
        `SELECT setval(pg_get_serial_sequence('${table}', 'seq'), greatest(1, max(seq)), max(seq) IS NOT NULL) FROM ${table}`,
      );
    }
  }

  async analyze(tables: readonly string[]): Promise<void> {
    await this.#writer.query(`ANALYZE ${tables.join(", ")}`);
  }

  async violations(): Promise<Violation[]> {
    const found: Violation[] = [];
    for (const [invariant, sql] of Object.entries(INVARIANTS)) {
      const { rows } = await this.#writer.query<{ id: string }>(sql);
      found.push(
        ...violationsOf(
          invariant,
          rows.map(({ id }) => id),
        ),
      );
    }
    return found;
  }

  /**
   * Unlocks the database. The store's time continues from the file's, if the database's clock is behind that; resolves to
   * the difference. The commit makes everything before it durable.
   */
  async unlock(writtenAt: number): Promise<number> {
    const { rows } = await this.#locker.query<StoredTime>(
      `UPDATE probe SET
         ahead_ms = ahead_ms + greatest(0, greatest(written_at, $1) - (turnpike_clock() + ahead_ms)),
         written_at = greatest(written_at, $1, turnpike_clock() + ahead_ms)
       WHERE only_row = 1 RETURNING written_at, ahead_ms`,
      [writtenAt],
    );
    const [stored] = rows;
    assert(stored !== undefined, "the table probe has lost its row");
    await this.#locker.query("UPDATE turnpike_copy SET finished_at = now(), written_at = $1, ahead_ms = $2", [
      stored.written_at,
      stored.ahead_ms,
    ]);
    await this.#locker.query("COMMIT");
    return stored.ahead_ms;
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...clientConfig(url),
    application_name: "turnpike copy",
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 0,
  });
  await client.connect();
  await prepareSession(client);
  return client;
}
