import pg from "pg";
import { Misconfigured, Unavailable } from "../../core/errors.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import { classifyError } from "./classify-error.ts";
import { inWords, REFUSED_PARAMETERS, refusesParameters } from "./fitness.ts";
import { type AppliedMigrations, migrate } from "./migrate.ts";

const RETRY_EVERY_MS = 500;

/** SQLSTATEs that waiting doesn't solve. */
const ADVICE: Readonly<Record<string, string>> = {
  "28P01": "user or password is wrong",
  "28000": "the server doesn't allow this user to connect from here (pg_hba.conf)",
  "3D000": "there is no such database: create it first",
  "3F000": "there is no such schema: create it first",
  "42501": "this user must be allowed to create tables in the schema",
};

/**
 * Migrates the database that `url` names, waiting up to `waitMs` for it to come up. Throws `Misconfigured` with what to
 * do, and never shows a password.
 */
export async function openDatabase(url: string, clock: Clock, waitMs: number): Promise<AppliedMigrations> {
  const where = describe(url);
  const end = clock.now() + waitMs;
  for (;;) {
    try {
      return await migrate(url);
    } catch (error) {
      if (error instanceof Misconfigured) throw new Misconfigured(`${where}: ${error.message}`, { cause: error });
      const reason = unavailableReason(error);
      if (reason === null) throw error;
      const isListed = error instanceof pg.DatabaseError && Object.hasOwn(ADVICE, error.code ?? "");
      const needsOperator = isListed || refusesParameters(error);
      if (needsOperator || clock.now() >= end) {
        throw new Misconfigured(`can't use the database ${where}: ${reason}`, { cause: error });
      }
    }
    await pause(clock, RETRY_EVERY_MS);
  }
}

/** Why the database can't be used, without a password; `null` for a bug of ours. */
export function unavailableReason(error: unknown): string | null {
  if (refusesParameters(error)) return inWords(REFUSED_PARAMETERS);
  const code = error instanceof pg.DatabaseError ? (error.code ?? "") : "";
  const classified = error instanceof Unavailable ? error : classifyError(error);
  return ADVICE[code] ?? (classified instanceof Unavailable ? classified.message : null);
}

/** Host, port and database, without user and password. */
export function describe(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    throw new Misconfigured("the database's address isn't a URL such as postgres://user:password@host:5432/database");
  }
}
