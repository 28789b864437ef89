export interface Throttle {
  ask(): void;
  stop(): void;
}

/** Runs when it is asked: at once, then at most every so often, and never before the last run has ended. */
export function createThrottle(run: () => Promise<unknown>, everyMs: number): Throttle {
  let isBusy = false;
  let isWanted = false;
  let isStopped = false;
  const start = async () => {
    isBusy = true;
    isWanted = false;
    const { promise: passed, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, everyMs);
    await Promise.allSettled([run(), passed]);
    isBusy = false;
    if (isWanted && !isStopped) void start();
  };
  return {
    ask() {
      isWanted = true;
      if (!isBusy && !isStopped) void start();
    },
    stop() {
      isStopped = true;
    },
  };
}
