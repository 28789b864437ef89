/** At most so many requests at once: a browser has six connections to a host, and the live stream needs one. */
const AT_ONCE_MAX = 4;

/** Runs what it is given, in order, at most `max` at once. */
export function createPlaces(max = AT_ONCE_MAX): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    if (running >= max) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      await promise;
    } else {
      running += 1;
    }
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      // The place goes over to it.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
