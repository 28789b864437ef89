import { assert } from "../../core/errors.ts";
import { GAP_MS } from "../../core/lease.ts";
import { statement } from "../statement.ts";
import type { Statements } from "../transaction.ts";

/**
 * The store's clock, shared by all processes: the database's, read once in each transaction, after its lock. It never goes
 * back: after the database's clock was set back, or a standby with a slower clock took over, it stays ahead (`keepTime`).
 */
export interface StoreClock {
  now(): number;
  /** The database's wall clock, to compare with a platform's time. */
  wall(): number;
  /** Reads the time for this connection's transaction. Resolves to the transaction's id, if one is assigned. */
  read(): Promise<string | null>;
  /**
   * Stores the store's time; detects that the clock was set back, and that no process could write for a while. Every process
   * does it each second, so a row that another has just written is left alone, unless `always` is true.
   */
  keepTime(how?: { readonly always: boolean }): Promise<void>;
}

interface TimeRow {
  wall: number;
  ahead_ms: number;
}

/** A stored time younger than this is left alone. */
const FRESH_MS = 500;

// After the clock was set back the time stands still until the next `keepTime` has stored the difference: a reply token
// granted meanwhile must not look an hour old after that.
const READ = statement<Readonly<Record<string, never>>, TimeRow>(`
  SELECT wall, greatest(ahead_ms, written_at - wall) AS ahead_ms
  FROM probe, turnpike_clock() AS wall WHERE only_row = 1`);

const READ_XID = statement<Readonly<Record<string, never>>, { xid: string | null }>(
  "SELECT pg_current_xact_id_if_assigned()::text AS xid",
);

// One statement, so that concurrent processes are serialised by the row lock. A clock behind the stored time was set back:
// the difference becomes the offset. At most the second since the last `keepTime` is lost.
const KEEP_TIME = statement<{ always: number }>(`
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
      await run(KEEP_TIME, { always: always ? 1 : 0 });
    },
  };
}
