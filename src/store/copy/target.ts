/** The database that is copied into, held against gateways while it is filled. */
import pg from "pg";
import { assert, Misconfigured } from "../../core/errors.ts";
import { describe } from "../postgres/open-database.ts";
import { clientConfig, prepareSession } from "../postgres/pool.ts";
import { INVARIANTS, type Violation, violationsOf } from "./invariants.ts";
import type { Value } from "./tables.ts";

/** Checking a big history takes its time. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

interface Mark {
  readonly written_at: number;
  readonly ahead_ms: number;
}

interface CopyRow extends Mark {
  readonly source: string;
  readonly is_finished: boolean;
}

/** Two connections: one holds the database against gateways until all is done, the other one writes. */
export class Target implements AsyncDisposable {
  readonly name: string;
  readonly #holder: pg.Client;
  readonly #writer: pg.Client;

  private constructor(name: string, holder: pg.Client, writer: pg.Client) {
    this.name = name;
    this.#holder = holder;
    this.#writer = writer;
  }

  static async open(url: string): Promise<Target> {
    const holder = await connect(url);
    try {
      return new Target(describe(url), holder, await connect(url));
    } catch (error) {
      await holder.end();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#holder.end(), this.#writer.end()]);
  }

  /**
   * A gateway writes how far time has come before it does anything else, and each second: as long as that row is held
   * none can start, and by what is in it is known whether one has been there since the last copy.
   *
   * Resolves to whether an earlier copy is in it. Throws `Misconfigured` when something else is.
   */
  async hold(source: string, tables: readonly string[]): Promise<boolean> {
    await this.#writer.query(`
      CREATE TABLE IF NOT EXISTS turnpike_copy (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1), source TEXT NOT NULL, begun_at TIMESTAMPTZ NOT NULL,
        finished_at TIMESTAMPTZ, written_at BIGINT NOT NULL, ahead_ms BIGINT NOT NULL)`);
    await this.#holder.query("BEGIN");
    const mark = await this.#mark();
    const { rows } = await this.#writer.query<CopyRow>(
      "SELECT source, written_at, ahead_ms, finished_at IS NOT NULL AS is_finished FROM turnpike_copy",
    );
    const [earlier] = rows;
    if (earlier === undefined) await this.#refuseUsed(mark, tables);
    else this.#refuseGoneOn(earlier, mark, source);
    await this.#writer.query(
      `INSERT INTO turnpike_copy VALUES (1, $1, now(), NULL, $2, $3)
       ON CONFLICT (only_row) DO UPDATE SET source = excluded.source, begun_at = now(), finished_at = NULL`,
      [source, mark.written_at, mark.ahead_ms],
    );
    return earlier !== undefined;
  }

  async #mark(): Promise<Mark> {
    const { rows } = await this.#holder
      .query<Mark>("SELECT written_at, ahead_ms FROM probe WHERE only_row = 1 FOR UPDATE NOWAIT")
      .catch((cause: unknown) => {
        if (!(cause instanceof pg.DatabaseError && cause.code === "55P03")) throw cause;
        throw new Misconfigured(
          `${this.name} is in use: a gateway or another copy works with it. Stop it and copy again`,
          { cause },
        );
      });
    assert(rows[0] !== undefined, "the table probe has lost its row");
    return rows[0];
  }

  async #refuseUsed(mark: Mark, tables: readonly string[]): Promise<void> {
    const filled: string[] = [];
    for (const table of tables) if ((await this.count(table)) > 0) filled.push(table);
    if (filled.length === 0 && mark.written_at === 0) return;
    const why = filled.length > 0 ? `there are rows in ${filled.join(", ")}` : "a gateway has been started on it";
    throw new Misconfigured(
      `${this.name} has a history of its own (${why}), and two can't be made one. ` +
        "Copy into a new, empty database: CREATE DATABASE …",
    );
  }

  #refuseGoneOn(earlier: CopyRow, mark: Mark, source: string): void {
    if (earlier.written_at !== mark.written_at || earlier.ahead_ms !== mark.ahead_ms) {
      throw new Misconfigured(
        `a gateway has worked with ${this.name} since the last copy; another one would undo what it did, and people ` +
          "would be answered twice. If that copy was a trial, copy into a new, empty database",
      );
    }
    if (earlier.source !== source) {
      throw new Misconfigured(
        `${this.name} holds a copy of ${earlier.source}, not of ${source}, and two histories can't be made one. ` +
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
    // A commit each would wait for the disk; the last one waits for all of them.
    await this.#writer.query("SET synchronous_commit = off");
  }

  async insert(
    table: string,
    columns: readonly string[],
    rows: readonly Readonly<Record<string, Value>>[],
  ): Promise<void> {
    const list = columns.join(", ");
    await this.#writer.query(
      `INSERT INTO ${table} (${list}) SELECT ${list} FROM json_populate_recordset(NULL::${table}, $1::json)`,
      [JSON.stringify(rows)],
    );
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.#writer.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
    return rows[0]?.count ?? 0;
  }

  /** New rows are numbered from behind the copied ones: their numbers are the order in a conversation. */
  async continueNumbers(tables: readonly string[]): Promise<void> {
    for (const table of tables) {
      await this.#writer.query(
        `SELECT setval(pg_get_serial_sequence('${table}', 'seq'), greatest(1, max(seq)), max(seq) IS NOT NULL) FROM ${table}`,
      );
    }
    await this.#writer.query("ANALYZE");
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
   * Lets gateways in. Time goes on from where it had come in the file, if the database's clock is behind that; resolves
   * to by how much. The commit is on the disk with everything before it.
   */
  async release(writtenAt: number): Promise<number> {
    const { rows } = await this.#holder.query<Mark>(
      `UPDATE probe SET
         ahead_ms = ahead_ms + greatest(0, greatest(written_at, $1) - (turnpike_clock() + ahead_ms)),
         written_at = greatest(written_at, $1, turnpike_clock() + ahead_ms)
       WHERE only_row = 1 RETURNING written_at, ahead_ms`,
      [writtenAt],
    );
    const [mark] = rows;
    assert(mark !== undefined, "the table probe has lost its row");
    await this.#holder.query("UPDATE turnpike_copy SET finished_at = now(), written_at = $1, ahead_ms = $2", [
      mark.written_at,
      mark.ahead_ms,
    ]);
    await this.#holder.query("COMMIT");
    return mark.ahead_ms;
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
