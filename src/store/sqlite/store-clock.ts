import type { Clock } from "../../runtime/clock.ts";
import type { Db } from "./connection.ts";

/**
 * The store's clock: the process's, but never behind the last commit, and never going back. Otherwise a wall clock that was
 * set back between two runs would postpone everything that waits.
 */
export interface StoreClock {
  now(): number;
  /** The system's clock at this moment, to compare with a platform's time. */
  wall(): number;
  /** See `Clock.doubtedMs`. */
  doubtedMs(): number;
  /** Called before each commit: stores the time. */
  storeTime(): void;
}

export function storeClock(clock: Clock, db: Db): StoreClock {
  const selectTime = db.prepare<[], { written_at: number }>("SELECT written_at FROM probe");
  const writeTime = db.prepare<[number]>("UPDATE probe SET written_at = ? WHERE only_row = 1");
  const countChanges = db.prepare<[], { changes: number }>("SELECT total_changes() AS changes");
  let last = selectTime.get()?.written_at ?? 0;
  let aheadMs = 0;
  let changesWhenStored = countChanges.get()?.changes ?? 0;

  function now(): number {
    const time = clock.now() + aheadMs;
    if (time < last) aheadMs += last - time;
    last = Math.max(last, time);
    return last;
  }

  return {
    now,
    wall: clock.wall,
    doubtedMs: () => clock.doubtedMs?.() ?? 0,
    storeTime() {
      // A group without changes needs no fsync, and this write would cause one.
      const changes = countChanges.get()?.changes ?? 0;
      if (changes === changesWhenStored) return;
      writeTime.run(now());
      changesWhenStored = changes + 1;
    },
  };
}
