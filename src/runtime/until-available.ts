import { Unavailable } from "../core/errors.ts";
import { type Clock, pause } from "./clock.ts";
import { type Log, reasonOf } from "./log.ts";

const RETRY_EVERY_MS = 200;

/**
 * Does a write that must not be forgotten: while the store is away, what was learned waits in memory and the write is
 * tried again. When `stopping` is aborted it gives up with the store's own error.
 */
export async function untilAvailable<T>(
  work: () => Promise<T>,
  { clock, log, stopping }: { clock: Clock; log: Log; stopping: AbortSignal },
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable) || stopping.aborted) throw error;
      // Hundreds may wait for the same store: each says so once.
      if (tries === 1) log.warn({ reason: reasonOf(error) }, "not written yet: the store is away");
      await pause(clock, RETRY_EVERY_MS, stopping);
    }
  }
}

/** The values of those that succeeded, in order; what was thrown otherwise is handed to `onError`, once each. */
export async function allThatSucceed<T>(work: readonly Promise<T>[], onError: (error: unknown) => void): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.flatMap((result) => {
    if (result.status === "fulfilled") return [result.value];
    onError(result.reason);
    return [];
  });
}
