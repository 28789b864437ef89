/** Lets one part of the process tell another that a thing has happened to an id. A hint, like a wake-up. */
export interface Latch {
  /** Resolves when `release(id)` is called. Only the last wait for an id is told. */
  wait(id: string): Promise<void>;
  release(id: string): void;
  forget(id: string): void;
}

export function createLatch(): Latch {
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
