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

/** Timers of signals for later, for one loop. */
interface Later {
  shortestMs: number;
  readonly cancels: (() => void)[];
}

export function createWakeup<Name extends string>(clock: Clock): Wakeup<Name> {
  const signalled = new Set<Name>();
  const waiting = new Map<Name, () => void>();
  const later = new Map<Name, Later>();

  function signal(name: Name, inMs = 0): void {
    if (inMs > 0) {
      signalLater(name, inMs);
      return;
    }
    const wakeUp = waiting.get(name);
    if (wakeUp === undefined) signalled.add(name);
    else wakeUp();
  }

  /** One timer for each signal that is for sooner than all before it. Not compared by the time of day, which may step. */
  function signalLater(name: Name, inMs: number): void {
    const timers = later.get(name) ?? { shortestMs: Number.POSITIVE_INFINITY, cancels: [] };
    if (inMs >= timers.shortestMs) return;
    timers.shortestMs = inMs;
    timers.cancels.push(clock.after(inMs, () => signal(name)));
    later.set(name, timers);
  }

  /** The poll that follows finds what they were for. */
  function cancelLater(name: Name): void {
    for (const cancel of later.get(name)?.cancels ?? []) cancel();
    later.delete(name);
  }

  return {
    signal,
    wait(name, delayMs, end) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (signalled.delete(name) || end.aborted) {
        cancelLater(name);
        resolve();
        return promise;
      }
      const finish = () => {
        cancel();
        cancelLater(name);
        waiting.delete(name);
        end.removeEventListener("abort", finish);
        resolve();
      };
      const cancel = clock.after(delayMs, finish);
      waiting.set(name, finish);
      end.addEventListener("abort", finish, { once: true });
      return promise;
    },
  };
}
