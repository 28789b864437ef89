import { Unavailable } from "../core/errors.ts";
import { type Clock, pause } from "./clock.ts";

const RETRY_EVERY_MS = 200;

interface RetryWhileUnavailableOptions {
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** Called once, at the first failure: hundreds of writes may wait for the same store. */
  readonly onUnavailable: (error: Unavailable) => void;
}

/**
 * Retries a write that must not be dropped while the store is unavailable; its data waits in memory. When `stopping` is
 * aborted it rejects with the store's error.
 */
export async function retryWhileUnavailable<T>(
  work: () => Promise<T>,
  { clock, stopping, onUnavailable }: RetryWhileUnavailableOptions,
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
