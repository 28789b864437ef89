/** Signals within this process that the work of an id has completed. A hint, like a wake-up. */
export interface CompletionSignals {
  /** Resolves when `release(id)` is called. Only the latest wait for an id is resolved. */
  wait(id: string): Promise<void>;
  release(id: string): void;
  forget(id: string): void;
}

export function createCompletionSignals(): CompletionSignals {
  const waiting = new Map<string, () => void>();
  return {
    wait(id) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(id, resolve);
      return promise;
    },
    release(id) {
      waiting.get(id)?.();
    },
    forget(id) {
      waiting.delete(id);
    },
  };
}
