/** A real PostgreSQL for a test, and a schema of its own in it. */
import pg from "pg";
import { type ServerOptions, startPostgresServer } from "./postgres-server.ts";

export interface PostgresServer {
  /** With a user who may do anything. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The one that `TURNPIKE_TEST_POSTGRES_URL` names, or one of its own, whose files are deleted afterwards. */
export async function startPostgres(options: ServerOptions = {}): Promise<PostgresServer> {
  const given = process.env.TURNPIKE_TEST_POSTGRES_URL;
  if (given !== undefined) return { url: given, stop: async () => undefined };
  const server = await startPostgresServer(options);
  return { url: server.url("postgres"), stop: () => server.destroy() };
}

/**
 * The library that starts the server ends this process with 0 when nothing is left to do, whatever was set: what failed
 * would look like what passed.
 */
export function keepExitCode(): void {
  process.on("beforeExit", () => process.exit(process.exitCode ?? 0));
}

/** An empty schema, and the address whose connections work in it and nowhere else. */
export async function freshSchema(serverUrl: string, name: string): Promise<{ url: string; drop(): Promise<void> }> {
  await query(serverUrl, `DROP SCHEMA IF EXISTS ${name} CASCADE; CREATE SCHEMA ${name}`);
  const url = new URL(serverUrl);
  url.searchParams.set("options", `-c search_path=${name}`);
  return { url: url.href, drop: () => query(serverUrl, `DROP SCHEMA ${name} CASCADE`) };
}

/** The address for a store that waits for a lock, and for an answer, as long as a test holds it up. */
export function patient(address: string): string {
  const url = new URL(address);
  for (const limit of ["lock_timeout", "statement_timeout", "query_timeout"]) url.searchParams.set(limit, "60000");
  return url.href;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
