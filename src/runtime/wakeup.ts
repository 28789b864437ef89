import type { Clock } from "./clock.ts";

/**
 * Wakes a loop that has work. Only a hint: the database has the state, and a lost wake-up costs one polling interval.
 */
export interface Wakeup<Name extends string> {
  /** Ends the wait of `name` now or in `inMs`, whichever its wait comes to first. Default 0. */
  signal(name: Name, inMs?: number): void;
  /** Resolves when `name` was signalled since the last call, after `delayMs`, or when `end` is aborted. */
  wait(name: Name, delayMs: number, end: AbortSignal): Promise<void>;
}

export function createWakeup<Name extends string>(clock: Clock): Wakeup<Name> {
  /** For loops that don't wait: in how many ms the next wait ends at the latest. */
  const signalled = new Map<Name, number>();
  /** Ends a loop's wait in so many ms at the latest. */
  const waiting = new Map<Name, (inMs: number) => void>();

  return {
    signal(name, inMs = 0) {
      const endIn = waiting.get(name);
      if (endIn === undefined) signalled.set(name, Math.min(inMs, signalled.get(name) ?? inMs));
      else endIn(inMs);
    },
    wait(name, delayMs, end) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const signalledMs = signalled.get(name) ?? Number.POSITIVE_INFINITY;
      signalled.delete(name);
      if (signalledMs <= 0 || end.aborted) {
        resolve();
        return promise;
      }
      let shortestMs = Math.min(delayMs, signalledMs);
      const cancels = [clock.after(shortestMs, finish)];
      // One timer for each signal that is for sooner than all before it. Not compared by the time of day, which may step.
      const endIn = (inMs: number) => {
        if (inMs <= 0) return finish();
        if (inMs >= shortestMs) return;
        shortestMs = inMs;
        cancels.push(clock.after(inMs, finish));
      };
      function finish(): void {
        for (const cancel of cancels) cancel();
        waiting.delete(name);
        end.removeEventListener("abort", finish);
        resolve();
      }
      waiting.set(name, endIn);
      end.addEventListener("abort", finish, { once: true });
      return promise;
    },
  };
}
