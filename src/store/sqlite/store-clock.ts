import type { Clock } from "../../runtime/clock.ts";
import type { Db } from "./db.ts";

/**
 * The store's one clock: the process's, but never behind what is stored, and never going back. Without it a wall clock
 * that was set back between two runs would postpone everything that waits by as much.
 */
export function storeClock(clock: Clock, db: Db): Clock {
  let last = newestTime(db);
  let aheadMs = 0;
  return {
    now() {
      const time = clock.now() + aheadMs;
      if (time < last) aheadMs += last - time;
      last = Math.max(last, time);
      return last;
    },
    after: clock.after,
  };
}

// The newest rows' times; each is found through an index without a search.
const NEWEST = `
  SELECT max(at) AS at FROM (
    SELECT written_at AS at FROM probe
    UNION ALL SELECT received_at FROM (SELECT received_at FROM event ORDER BY seq DESC LIMIT 1)
    UNION ALL SELECT state_since FROM (SELECT state_since FROM delivery ORDER BY seq DESC LIMIT 1)
    UNION ALL SELECT max(ended_at) FROM turn WHERE ended_at IS NOT NULL
    UNION ALL SELECT max(claimed_at) FROM turn WHERE state = 'leased'
    UNION ALL SELECT max(sealed_at) FROM turn WHERE state = 'ready')`;

function newestTime(db: Db): number {
  return db.prepare<[], { at: number | null }>(NEWEST).get()?.at ?? 0;
}
