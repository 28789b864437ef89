import pg from "pg";
import { Misconfigured } from "../../core/errors.ts";
import { readMigrations } from "../migrations.ts";
import { encodingProblem, hasSharedSessions, inWords, SHARED_SESSIONS } from "./fitness.ts";
import { clientConfig, prepareSession } from "./pool.ts";

export const MIGRATIONS = readMigrations(new URL("./migrations/", import.meta.url));

/** The oldest PostgreSQL with the functions that the store uses (`pg_current_xact_id`, `unnest` of many arrays). */
export const LEAST_VERSION = 14;

/** Schema changes of a large table take long. */
const MIGRATION_TIMEOUT_MS = 600_000;

export interface AppliedMigrations {
  readonly version: number;
  /** The names of the migrations that were missing, in order. */
  readonly migrated: readonly string[];
}

/**
 * Migrates the schema to this version. Any number of processes may do it at the same time: one migrates, the others wait for
 * its lock. Throws `Misconfigured` with what to do.
 */
export async function migrate(url: string): Promise<AppliedMigrations> {
  // First of all: what is set for a session would be set for others'.
  if (await hasSharedSessions(url)) throw new Misconfigured(inWords(SHARED_SESSIONS));
  const client = new pg.Client({ ...clientConfig(url), query_timeout: MIGRATION_TIMEOUT_MS });
  try {
    await client.connect();
    await prepareSession(client);
    await checkServer(client);
    return await applyMigrations(client);
  } finally {
    await client.end();
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    "SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding",
  );
  const [{ version, encoding } = { version: "", encoding: "" }] = rows;
  const major = Math.floor(Number(version) / 10_000);
  if (major < LEAST_VERSION) {
    throw new Misconfigured(`the server is PostgreSQL ${major}; Turnpike needs ${LEAST_VERSION} or newer`);
  }
  const problem = encodingProblem(encoding);
  if (problem !== null) throw new Misconfigured(inWords(problem));
}

/** SQLSTATEs when two processes create the first table at the same moment. */
const CREATED_BY_ANOTHER = new Set(["23505", "42P07", "42710"]);

async function applyMigrations(client: pg.Client): Promise<AppliedMigrations> {
  for (;;) {
    try {
      await client.query(`
        CREATE TABLE IF NOT EXISTS turnpike_schema (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ
          NOT NULL DEFAULT now())`);
      break;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !CREATED_BY_ANOTHER.has(error.code ?? "")) throw error;
    }
  }
  await client.query(`SET statement_timeout = ${MIGRATION_TIMEOUT_MS}; SET lock_timeout = ${MIGRATION_TIMEOUT_MS}`);
  await client.query("BEGIN");
  // Other processes that migrate, or check whether they must, wait here.
  await client.query("LOCK TABLE turnpike_schema IN ACCESS EXCLUSIVE MODE");
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  const { rows } = await client.query<{ version: number | null }>(
    "SELECT max(version) AS version FROM turnpike_schema",
  );
  const found = rows[0]?.version ?? 0;
  if (found > newest) {
    throw new Misconfigured(
      `the database has schema ${found}; this version of Turnpike knows ${newest} and would damage it. ` +
        "Start the newer version again, or restore the backup made before it.",
    );
  }
  const missing = MIGRATIONS.slice(found);
  for (const { version, name, sql } of missing) {
    await client.query(sql);
    await client.query("INSERT INTO turnpike_schema (version, name) VALUES ($1, $2)", [version, name]);
  }
  await client.query("COMMIT");
  return { version: newest, migrated: missing.map((migration) => migration.name) };
}
