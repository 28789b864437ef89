import pg from "pg";
import { Unavailable } from "../../core/errors.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { classifyError } from "./classify-error.ts";

/** A statement may run that long on the server … */
const STATEMENT_TIMEOUT_MS = 5_000;
/** … and wait that long for somebody else's row … */
const LOCK_TIMEOUT_MS = 3_000;
/** … and a process that stops in the middle of a transaction holds up others that long, no longer. */
const IDLE_IN_TRANSACTION_MS = 10_000;
/** When no word comes at all, as from a machine that is gone, the connection is given up. */
const NO_WORD_MS = 8_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** After a failed attempt to connect, nobody tries for this long, doubling, with jitter. */
const BACKOFF_MS = 50;
const BACKOFF_MAX_MS = 1_000;

/** How long the end waits for connections that are still at work. */
const END_MS = 1_000;

export interface PoolOptions {
  readonly url: string;
  /** ConnectionPool that this process may hold. */
  readonly connections: number;
  /** When no word comes for so long (ms), also to a try to connect, a connection is given up. Default 8 s, 5 s to connect. */
  readonly patienceMs?: number;
}

const BOOL = 16;
const INT8 = 20;

/** Sums, counts and times: all of them are far below 2^53. */
const TYPES = {
  getTypeParser: ((oid: number, format: "text" | "binary") =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};

/** As `TYPES`, and what is true or false is 1 or 0, as in the other database. */
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
    query_timeout: NO_WORD_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: TYPES,
  };
}

/**
 * What every new connection must be before it is used: a primary, whose commits are on the disk when they are answered.
 * `on` is said here and not assumed, because a role or a database may have been set otherwise. Nor is it that a warning is
 * sent (`commit.ts`).
 */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  // What breaks between two statements is seen by the next one.
  client.on("error", () => undefined);
  await client.query("SET synchronous_commit = on; SET client_min_messages = warning");
  // Every statement has an index that answers it. A planner that knows nothing of young tables yet reads them whole, for
  // each group of webhooks: at 3 000 events that took a quarter more processor time, and more with each event.
  await client.query("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
  const { rows } = await client.query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby");
  if (rows[0]?.standby !== false) throw new Unavailable("the database is a standby: it can't commit");
}

/**
 * Which history of the server the numbers of its transactions belong to. A failover begins another: a timeline. So does a
 * crash: numbers that had not reached the disk are given once more (measured; `docs/decisions/0010-…`). A server that
 * has crashed begins its statistics anew, and that time says so, while a clean restart keeps both. `null`: it doesn't say.
 */
export const HISTORY = `
  SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || ' since '
      || (SELECT extract(epoch FROM stats_reset)::text FROM pg_stat_bgwriter) AS history`;

async function readHistory(client: pg.ClientBase): Promise<string | null> {
  try {
    const { rows } = await client.query<{ history: string | null }>(HISTORY);
    return rows[0]?.history ?? null;
  } catch {
    // A service that keeps it to itself.
    return null;
  }
}

/** The process's connections. A database that is unavailable is asked again more and more seldom, once a second at least. */
export class ConnectionPool {
  readonly #pool: pg.Pool;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #histories = new WeakMap<pg.ClientBase, string | null>();
  #failures = 0;
  #notBefore = 0;

  constructor({ url, connections, patienceMs }: PoolOptions, parts: { clock: Clock; random: Random }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    // Statements that don't wait for one another's answers go out together: fewer round trips in a transaction.
    const config: pg.PoolConfig & { pipeline: boolean } = {
      ...clientConfig(url),
      ...(patienceMs !== undefined && { query_timeout: patienceMs, connectionTimeoutMillis: patienceMs }),
      pipeline: true,
      max: connections,
      onConnect: async (client) => {
        await prepareSession(client);
        this.#histories.set(client, await readHistory(client));
      },
    };
    this.#pool = new pg.Pool(config);
    // An idle connection that breaks is dropped by the pool; whoever needs one next makes a new one.
    this.#pool.on("error", () => undefined);
  }

  /** Rejects with `Unavailable` when there is none to be had. */
  async take(): Promise<pg.PoolClient> {
    if (this.#pool.idleCount === 0 && this.#clock.now() < this.#notBefore) {
      throw new Unavailable("the database is unavailable: not asked again yet");
    }
    try {
      const client = await this.#pool.connect();
      this.#failures = 0;
      return client;
    } catch (error) {
      const limit = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** this.#failures++);
      this.#notBefore = this.#clock.now() + limit * (0.5 + this.#random.fraction() / 2);
      const told = error instanceof Unavailable ? error : classifyError(error);
      throw told;
    }
  }

  /** The server's history when the connection was made. */
  historyOf(client: pg.ClientBase): string | null {
    return this.#histories.get(client) ?? null;
  }

  /** Waits a second at most: a connection that is stuck must not keep the process. */
  async end(): Promise<void> {
    const idle = new AbortController();
    const ended = this.#pool.end().finally(() => idle.abort());
    await Promise.race([ended, pause(this.#clock, END_MS, idle.signal)]);
  }
}
