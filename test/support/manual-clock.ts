import type { Clock } from "../../src/runtime/clock.ts";

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves time on, firing each timer at its moment and letting what it started settle before the next. */
  advance(ms: number): Promise<void>;
  /** Lets everything that is already possible happen, without moving time. */
  settle(): Promise<void>;
  /** Sets the wall clock, forwards or back, without firing what it skips. */
  step(ms: number): void;
  /** Ms until the next timer; `null` when there is none. */
  nextIn(): number | null;
}

interface Timer {
  readonly id: number;
  readonly at: number;
  readonly fire: () => void;
}

/** Rounds of the event loop that let chained commits, each on its own `setImmediate`, follow one another. */
const SETTLE_ROUNDS = 50;

/** `busy`: something goes on that takes real time, as a call to a database does. Time stands still until it has ended. */
export function manualClock(
  startAt = Date.parse("2026-11-22T03:00:00Z"),
  busy: () => Promise<void> | null = () => null,
): ManualClock {
  // Timers run on time that only moves on; the wall clock is that plus an offset that a step changes.
  let elapsed = 0;
  let offset = startAt;
  let nextId = 1;
  const timers = new Map<number, Timer>();

  const soonest = () => [...timers.values()].sort((a, b) => a.at - b.at || a.id - b.id)[0];

  async function settle(): Promise<void> {
    for (let round = 0; round < SETTLE_ROUNDS; round++) {
      for (let work = busy(); work !== null; work = busy(), round = 0) await work;
      await immediate();
    }
  }

  return {
    now: () => offset + elapsed,
    wall: () => offset + elapsed,
    after(delayMs, fire) {
      const id = nextId++;
      // Whole ms, as the system's.
      timers.set(id, { id, at: elapsed + Math.max(0, Math.ceil(delayMs)), fire });
      return () => timers.delete(id);
    },
    settle,
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (let timer = soonest(); timer !== undefined && timer.at <= end; timer = soonest()) {
        elapsed = Math.max(elapsed, timer.at);
        timers.delete(timer.id);
        timer.fire();
        await settle();
      }
      elapsed = end;
      await settle();
    },
    step(ms) {
      offset += ms;
    },
    nextIn() {
      const timer = soonest();
      return timer === undefined ? null : timer.at - elapsed;
    },
  };
}

function immediate(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
