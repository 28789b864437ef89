import { Unavailable } from "../core/errors.ts";
import { type Clock, pause } from "./clock.ts";

const RETRY_EVERY_MS = 200;

export interface UntilAvailable {
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** Called once, when the first try fails: hundreds may wait for the same store. */
  readonly onUnavailable: (error: Unavailable) => void;
}

/**
 * Does a write that must not be forgotten: while the store is unavailable, what was learned waits in memory and the write is
 * tried again. When `stopping` is aborted it gives up with the store's own error.
 */
export async function retryWhileUnavailable<T>(
  work: () => Promise<T>,
  { clock, stopping, onUnavailable }: UntilAvailable,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unavailable) || stopping.aborted) throw error;
      if (tries === 1) onUnavailable(error);
      await pause(clock, RETRY_EVERY_MS, stopping);
    }
  }
}

/** The values of those that succeeded, in order; what was thrown otherwise is handed to `onError`, once each. */
export async function fulfilledValues<T>(work: readonly Promise<T>[], onError: (error: unknown) => void): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.flatMap((result) => {
    if (result.status === "fulfilled") return [result.value];
    onError(result.reason);
    return [];
  });
}
