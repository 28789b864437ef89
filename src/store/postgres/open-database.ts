import pg from "pg";
import { Misconfigured, Unavailable } from "../../core/errors.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import { classifyError } from "./classify-error.ts";
import { type Migrated, migrate } from "./migrate.ts";

const ASK_EVERY_MS = 500;

/** No wait makes these right. */
const ADVICE: Readonly<Record<string, string>> = {
  "28P01": "user or password is wrong",
  "28000": "the server doesn't let this user in from here (pg_hba.conf)",
  "3D000": "there is no such database: create it first",
  "3F000": "there is no such schema: create it first",
  "42501": "this user must be allowed to create tables in the schema",
};

/**
 * Migrates the database that `url` names, waiting up to `waitMs` for it to come up. Throws `Misconfigured` with what to
 * do, and never shows a password.
 */
export async function openDatabase(url: string, clock: Clock, waitMs: number): Promise<Migrated> {
  const where = describe(url);
  const end = clock.now() + waitMs;
  for (;;) {
    try {
      return await migrate(url);
    } catch (error) {
      if (error instanceof Misconfigured) throw new Misconfigured(`${where}: ${error.message}`, { cause: error });
      const reason = unavailableReason(error);
      if (reason === null) throw error;
      const needsAPerson = error instanceof pg.DatabaseError && Object.hasOwn(ADVICE, error.code ?? "");
      if (needsAPerson || clock.now() >= end) {
        throw new Misconfigured(`can't use the database ${where}: ${reason}`, { cause: error });
      }
    }
    await pause(clock, ASK_EVERY_MS);
  }
}

/** Why the database can't be used, in words that hold no password; `null` for an error that is ours. */
export function unavailableReason(error: unknown): string | null {
  const code = error instanceof pg.DatabaseError ? (error.code ?? "") : "";
  const told = error instanceof Unavailable ? error : classifyError(error);
  return ADVICE[code] ?? (told instanceof Unavailable ? told.message : null);
}

/** Host, port and database, and nothing of user or password. */
export function describe(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    throw new Misconfigured("the database's address is no URL: postgres://user:password@host:5432/database is one");
  }
}
