import type { Clock } from "../../../src/runtime/clock.ts";

/** Time that moves when it is told to. */
export interface QuickClock extends Clock {
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/**
 * Rounds of the event loop between two timers: enough for a chain of several commits. What is not done by then goes on
 * a little later in time, as on a real machine; a seed repeats either way. Fewer rounds are what makes a run cheap.
 */
const SETTLE_ROUNDS = 8;

/**
 * The manual clock of a simulation: it only moves on, and it is made for tens of thousands of timers. `busy`: something
 * goes on that takes real time, as a call to a database does; time stands still until it has ended.
 */
export function quickClock(
  startAt = Date.parse("2026-11-22T03:00:00Z"),
  busy: () => Promise<void> | null = () => null,
): QuickClock {
  let now = startAt;
  // A map keeps the order in which timers were set, which decides between two of the same moment.
  const timers = new Map<number, Timer>();
  let nextId = 1;

  function soonest(): readonly [id: number, timer: Timer] | null {
    let found: readonly [number, Timer] | null = null;
    for (const entry of timers) if (found === null || entry[1].at < found[1].at) found = entry;
    return found;
  }

  return {
    now: () => now,
    wall: () => now,
    after(delayMs, fire) {
      const id = nextId++;
      timers.set(id, { at: now + Math.max(0, Math.ceil(delayMs)), fire });
      return () => timers.delete(id);
    },
    async advance(ms) {
      const end = now + ms;
      await settle(busy);
      for (let next = soonest(); next !== null && next[1].at <= end; next = soonest()) {
        const [id, timer] = next;
        timers.delete(id);
        now = Math.max(now, timer.at);
        timer.fire();
        await settle(busy);
      }
      now = end;
      await settle(busy);
    },
  };
}

async function settle(busy: () => Promise<void> | null): Promise<void> {
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    for (let work = busy(); work !== null; work = busy(), round = 0) await work;
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
  }
}
