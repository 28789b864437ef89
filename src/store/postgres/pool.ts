import pg from "pg";
import { Unavailable } from "../../core/errors.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { classifyError } from "./classify-error.ts";

/** Server-side timeouts: of a statement … */
const STATEMENT_TIMEOUT_MS = 5_000;
/** … of a wait for a row lock … */
const LOCK_TIMEOUT_MS = 3_000;
/** … and of a transaction whose process stopped, so that its locks are freed. */
const IDLE_IN_TRANSACTION_MS = 10_000;
/** Client-side timeout of a query: without an answer, as from a machine that is gone, the connection is dropped. */
const QUERY_TIMEOUT_MS = 8_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Back-off after a failed connection, doubling, with jitter. */
const BACKOFF_MS = 50;
const BACKOFF_MAX_MS = 1_000;

/** How long `end` waits for busy connections. */
const END_MS = 1_000;

export interface PoolOptions {
  readonly url: string;
  /** Size of the pool. */
  readonly connections: number;
  /** Timeout of queries and of connecting, in ms. Default 8 s and 5 s. */
  readonly timeoutMs?: number;
}

const BOOL = 16;
const INT8 = 20;

/** Sums, counts and times: all of them are far below 2^53. */
const TYPES = {
  getTypeParser: ((oid: number, format: "text" | "binary") =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};

/** As `TYPES`, with booleans as 1 or 0, as in SQLite. */
export const ROW_TYPES = {
  getTypeParser: ((oid: number, format: "text" | "binary") =>
    oid === BOOL ? toFlag : TYPES.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};

function toFlag(text: string): number {
  return text === "t" ? 1 : 0;
}

export function clientConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: "turnpike",
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: TYPES,
  };
}

/** Sets the limits of `clientConfig` that are missing, because a pooler has ignored them; 0 is none. */
const MISSING_LIMITS = Object.entries({
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
})
  .map(([name, ms]) => `SELECT set_config('${name}', '${ms}', false) WHERE current_setting('${name}') = '0'`)
  .join("; ");

export async function setMissingLimits(client: pg.ClientBase): Promise<void> {
  await client.query(MISSING_LIMITS);
}

/**
 * Prepares a new connection: it must be to a primary, and its commits durable when they are answered. Set and not assumed,
 * because a role or a database may have other defaults; the same for warnings, which `commit.ts` needs.
 */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  // A connection that breaks between two statements fails at the next one.
  client.on("error", () => undefined);
  await client.query("SET synchronous_commit = on; SET client_min_messages = warning");
  // Every statement has an index. Without statistics of young tables the planner would scan them for each group of
  // webhooks: at 3 000 events that took a quarter more processor time, growing with each event.
  await client.query("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
  const { rows } = await client.query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby");
  if (rows[0]?.standby !== false) throw new Unavailable("the database is a standby: it can't commit");
}

/**
 * Identifies the server's history, within which transaction ids are unique. A failover begins a new one (timeline). So does
 * a crash: ids that had not reached the disk are assigned again (measured; docs/decisions/0010). A crash resets the
 * statistics; a clean restart keeps timeline and statistics. `null`: the server doesn't show it.
 */
export const HISTORY = `
  SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || ' since '
      || (SELECT extract(epoch FROM stats_reset)::text FROM pg_stat_bgwriter) AS history`;

async function readHistory(client: pg.ClientBase): Promise<string | null> {
  try {
    const { rows } = await client.query<{ history: string | null }>(HISTORY);
    return rows[0]?.history ?? null;
  } catch {
    // A hosted service may not allow it.
    return null;
  }
}

/** The process's connection pool. Connecting to an unavailable database is retried with back-off, at most one second. */
export class ConnectionPool {
  readonly #pool: pg.Pool;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #histories = new WeakMap<pg.ClientBase, string | null>();
  #failures = 0;
  #notBefore = 0;

  constructor({ url, connections, timeoutMs }: PoolOptions, parts: { clock: Clock; random: Random }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    const config: pg.PoolConfig = {
      ...clientConfig(url),
      ...(timeoutMs !== undefined && { query_timeout: timeoutMs, connectionTimeoutMillis: timeoutMs }),
      max: connections,
      onConnect: async (client) => {
        await prepareSession(client);
        await setMissingLimits(client);
        this.#histories.set(client, await readHistory(client));
      },
    };
    this.#pool = new pg.Pool(config);
    // The pool drops an idle connection that breaks, and opens a new one when needed.
    this.#pool.on("error", () => undefined);
  }

  /** Takes a connection. Rejects with `Unavailable` when none can be opened. */
  async take(): Promise<pg.PoolClient> {
    if (this.#pool.idleCount === 0 && this.#clock.now() < this.#notBefore) {
      throw new Unavailable("the database is unavailable: waiting before the next attempt to connect");
    }
    try {
      const client = await this.#pool.connect();
      this.#failures = 0;
      return client;
    } catch (error) {
      const limit = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** this.#failures++);
      this.#notBefore = this.#clock.now() + limit * (0.5 + this.#random.fraction() / 2);
      throw error instanceof Unavailable ? error : classifyError(error);
    }
  }

  /** The server's history when the connection was made. */
  historyOf(client: pg.ClientBase): string | null {
    return this.#histories.get(client) ?? null;
  }

  /** Waits a second at most: a stuck connection must not keep the process alive. */
  async end(): Promise<void> {
    const idle = new AbortController();
    const ended = this.#pool.end().finally(() => idle.abort());
    await Promise.race([ended, pause(this.#clock, END_MS, idle.signal)]);
  }
}
