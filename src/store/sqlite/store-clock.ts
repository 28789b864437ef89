import type { Clock } from "../../runtime/clock.ts";
import type { Db } from "./connection.ts";

/**
 * The store's clock: the process's, but never behind the last commit, and never going back. Otherwise a wall clock that was
 * set back between two runs would postpone everything that waits.
 */
export interface StoreClock {
  now(): number;
  /** The process's clock, to compare with a platform's time. */
  wall(): number;
  /** Called before each commit: stores the time. */
  mark(): void;
}

export function storeClock(clock: Clock, db: Db): StoreClock {
  const selectMark = db.prepare<[], { written_at: number }>("SELECT written_at FROM probe");
  const writeMark = db.prepare<[number]>("UPDATE probe SET written_at = ? WHERE only_row = 1");
  const countChanges = db.prepare<[], { changes: number }>("SELECT total_changes() AS changes");
  let last = selectMark.get()?.written_at ?? 0;
  let aheadMs = 0;
  let changesAtMark = countChanges.get()?.changes ?? 0;

  function now(): number {
    const time = clock.now() + aheadMs;
    if (time < last) aheadMs += last - time;
    last = Math.max(last, time);
    return last;
  }

  return {
    now,
    wall: () => clock.now(),
    mark() {
      // A group without changes needs no fsync, and this write would cause one.
      const changes = countChanges.get()?.changes ?? 0;
      if (changes === changesAtMark) return;
      writeMark.run(now());
      changesAtMark = changes + 1;
    },
  };
}
