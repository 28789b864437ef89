import type { Random } from "./random.ts";

/** Randomness by web standards only, for the client library, which also runs in a browser. */
export function webRandom(): Random {
  return {
    fraction: () => Math.random(),
    id: (prefix) => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`,
  };
}
