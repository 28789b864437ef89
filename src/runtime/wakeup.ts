import type { Clock } from "./clock.ts";

/**
 * Wakes a loop that has work. Only a hint: the database has the state, and a lost wake-up costs one polling interval.
 */
export interface Wakeup<Name extends string> {
  signal(name: Name): void;
  /** Resolves when `name` was signalled since the last call, after `delayMs`, or when `end` is aborted. */
  wait(name: Name, delayMs: number, end: AbortSignal): Promise<void>;
}

export function createWakeup<Name extends string>(clock: Clock): Wakeup<Name> {
  const signalled = new Set<Name>();
  const waiting = new Map<Name, () => void>();

  return {
    signal(name) {
      const wakeUp = waiting.get(name);
      if (wakeUp === undefined) signalled.add(name);
      else wakeUp();
    },
    wait(name, delayMs, end) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (signalled.delete(name) || end.aborted) {
        resolve();
        return promise;
      }
      const finish = () => {
        cancel();
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
