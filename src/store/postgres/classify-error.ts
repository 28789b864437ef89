import { DatabaseError } from "pg";
import { Unavailable } from "../../core/errors.ts";

/**
 * SQLSTATEs (PostgreSQL, appendix A) that say "not now" and not "wrong": a class of two characters, or one code.
 * Without a code it is the connection itself that failed.
 */
const UNAVAILABLE = [
  "08", // connection exception
  "53", // insufficient resources: disk full, out of memory, too many connections
  "57P", // shut down, crashed, starting up, or the session was ended by an operator
  "57014", // statement_timeout
  "55P03", // lock_timeout
  "25P03", // idle_in_transaction_session_timeout
  "25006", // read only: this server is no primary any more
  "58", // system error: I/O
  "XX", // internal error, a damaged page among them
  "28", // not let in any more
  "3D", // the database was dropped, or is being moved
];

/** Somebody was faster: the same transaction may succeed when it is tried again. */
const RACED = new Set(["40001", "40P01", "23505"]);

/** The transaction lost a race, and has changed nothing. Thrown by a statement, caught by `Transactions`. */
export class Raced extends Error {
  override readonly name = "Raced";
}

/** A driver's error as what it means for the caller: lost a race, away, or a wrong statement, which stays as it is. */
export function classifyError(error: unknown): unknown {
  const code = error instanceof DatabaseError ? (error.code ?? null) : null;
  if (code !== null && RACED.has(code)) return new Raced(`lost a race (${code})`, { cause: error });
  if (code !== null && !UNAVAILABLE.some((start) => code.startsWith(start))) return error;
  // Driver and server say in it where it failed; neither repeats the values of a statement.
  const reason = code ?? (error instanceof Error ? error.message : String(error));
  return new Unavailable(`the database can't commit (${reason})`, { cause: error });
}
