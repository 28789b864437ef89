/** What a server, or what stands in front of it, must be like: `start` refuses it otherwise, and `doctor` says so. */
import pg from "pg";
import type { ProblemText } from "../../core/finding.ts";
import { clientConfig } from "./pool.ts";

/** Most of what people write, every emoji among it, has no place in another encoding; SQL_ASCII checks nothing. */
export function encodingProblem(encoding: string): ProblemText | null {
  if (encoding === "UTF8") return null;
  return {
    found: `the database has the encoding ${encoding}; Turnpike needs UTF8`,
    why: "Every message with a letter that it lacks, as an emoji, would be refused with 503.",
    advice: "Make another database: CREATE DATABASE turnpike ENCODING 'UTF8' TEMPLATE template0",
  };
}

/** pgbouncer with `pool_mode = transaction`, and poolers like it. */
export const SHARED_SESSIONS: ProblemText = {
  found:
    "a pooler in front of it gives each transaction another session (pgbouncer: pool_mode = transaction or statement)",
  why: "The gateway's settings of a session, its prepared statements and its notifications need a session of its own.",
  advice: "Name the server itself in TURNPIKE_DATABASE_URL, or a pool with pool_mode = session",
};

/** pgbouncer answers so before it has let anyone in: `FATAL 08P01`, which it says of other things as well. */
export const REFUSED_PARAMETERS: ProblemText = {
  found: "a pooler in front of it refuses the time limits that the gateway connects with",
  why: "pgbouncer takes them only when it is told to ignore them; the gateway then sets them by itself.",
  advice:
    "Name the server itself in TURNPIKE_DATABASE_URL, or a pool with pool_mode = session and " +
    "ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout",
};

export function refusesParameters(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.message.startsWith("unsupported startup parameter");
}

/** As one line. */
export function inWords({ found, why, advice }: ProblemText): string {
  return `${found}. ${why} ${advice}`;
}

/** Whether a connection gets another session from one transaction to the next. Sets nothing: it might be set for others. */
export async function hasSharedSessions(url: string): Promise<boolean> {
  const [one, other] = [new pg.Client(clientConfig(url)), new pg.Client(clientConfig(url))];
  try {
    for (const client of [one, other]) {
      client.on("error", () => undefined);
      await client.connect();
    }
    // A pooler that gives out the session that was used last gives the first the second's, and one that gives out the
    // session that has waited longest gives the second the first's.
    return (await isMoved(one, other, "first")) || (await isMoved(one, other, "second"));
  } catch (error) {
    // pgbouncer's pool_mode = statement refuses the BEGIN.
    if (error instanceof pg.DatabaseError && error.message.includes("statement pooling")) return true;
    throw error;
  } finally {
    await Promise.all([one, other].map((client) => client.end().catch(() => undefined)));
  }
}

/** Both have a transaction open at the same time, and end it in order; whether the one that begins again has moved. */
async function isMoved(first: pg.Client, second: pg.Client, again: "first" | "second"): Promise<boolean> {
  const before = { first: await begin(first), second: await begin(second) };
  await first.query("COMMIT");
  await second.query("COMMIT");
  const client = again === "first" ? first : second;
  const after = await begin(client);
  await client.query("COMMIT");
  return before[again] !== after;
}

async function begin(client: pg.Client): Promise<number | undefined> {
  await client.query("BEGIN");
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]?.pid;
}
