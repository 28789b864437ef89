import { assert } from "../../core/errors.ts";
import { GAP_MS } from "../../core/lease.ts";
import { statement } from "../statement.ts";
import type { Statements } from "../transaction.ts";

/**
 * The store's one clock, for every process: the database's, read once in each transaction, after the lock that it begins
 * with. Where the database's clock was set back, or a standby with a slower one took over, it runs on beside it: see
 * `keepTime`.
 */
export interface StoreClock {
  now(): number;
  /** The database's own clock, to compare with another party's. */
  wall(): number;
  /** Reads the time for what follows on this connection, and the id of its transaction where it has one. */
  read(): Promise<string | null>;
  /**
   * Writes down how far time has come, and finds out whether it has gone back, and whether nobody could write for a while.
   * Every process does it each second, so it leaves the row alone that another has just written, unless `always` is true.
   */
  keepTime(how?: { readonly always: boolean }): Promise<void>;
}

interface TimeRow {
  wall: number;
  ahead_ms: number;
}

/** Time that was written down so short a while ago is good enough. */
const FRESH_MS = 500;

// A clock that was just set back stands still where time had come, until the next sweep has written down by how much: a
// free answer that is offered meanwhile must not be an hour old after it.
const READ = statement<Readonly<Record<string, never>>, TimeRow>(`
  SELECT wall, greatest(ahead_ms, written_at - wall) AS ahead_ms
  FROM probe, turnpike_clock() AS wall WHERE only_row = 1`);

const READ_XID = statement<Readonly<Record<string, never>>, { xid: string | null }>(
  "SELECT pg_current_xact_id_if_assigned()::text AS xid",
);

// One statement, so that processes that do it at the same time do it one after another. Time that is behind what was
// written down was set back: from then on it is so much ahead. A second in which nobody has looked is lost at most.
const MARK = statement<{ always: number }>(`
  UPDATE probe SET
    ahead_ms = ahead_ms + greatest(0, written_at - (turnpike_clock() + ahead_ms)),
    steady_since = CASE WHEN turnpike_clock() + ahead_ms > written_at + ${GAP_MS} THEN turnpike_clock() + ahead_ms
                        ELSE steady_since END,
    written_at = greatest(written_at, turnpike_clock() + ahead_ms)
  WHERE only_row = 1
    AND (:always = 1 OR turnpike_clock() + ahead_ms < written_at OR turnpike_clock() + ahead_ms >= written_at + ${FRESH_MS})`);

export function storeClock({ get, run }: Statements): StoreClock {
  let time: TimeRow | null = null;

  function known(): TimeRow {
    assert(time !== null, "the time is read before an operation begins");
    return time;
  }

  return {
    now: () => known().wall + known().ahead_ms,
    wall: () => known().wall,
    async read() {
      const [row, of] = await Promise.all([get(READ, {}), get(READ_XID, {})]);
      assert(row !== undefined, "the table probe has lost its row");
      time = row;
      return of?.xid ?? null;
    },
    async keepTime({ always } = { always: false }) {
      await run(MARK, { always: always ? 1 : 0 });
    },
  };
}
