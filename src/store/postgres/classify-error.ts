import { DatabaseError } from "pg";
import { Unavailable } from "../../core/errors.ts";

/**
 * SQLSTATEs (PostgreSQL, appendix A) of temporary failures: a class of two characters, or a code. An error without a code
 * is a failed connection.
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
  "28", // authorization was revoked
  "3D", // the database was dropped, or is being moved
];

/** Serialization failure, deadlock, unique violation: the transaction may succeed when it is retried. */
const CONFLICTS = new Set(["40001", "40P01", "23505"]);

/** The transaction conflicted with another and was rolled back. Thrown by a statement, caught by `Transactions`. */
export class TransactionConflict extends Error {
  override readonly name = "TransactionConflict";
}

/** Maps a driver's error to `TransactionConflict`, `Unavailable`, or itself for a wrong statement. */
export function classifyError(error: unknown): unknown {
  const code = error instanceof DatabaseError ? (error.code ?? null) : null;
  if (code !== null && CONFLICTS.has(code)) return new TransactionConflict(`conflict (${code})`, { cause: error });
  if (code !== null && !UNAVAILABLE.some((start) => code.startsWith(start))) return error;
  // Safe to show: neither driver nor server repeats a statement's values in it.
  const reason = code ?? (error instanceof Error ? error.message : String(error));
  return new Unavailable(`the database can't commit (${reason})`, { cause: error });
}
