import type { Random } from "./random.ts";

/** Randomness by web standards alone, for what also runs in a browser. */
export function webRandom(): Random {
  return {
    fraction: () => Math.random(),
    id: (prefix) => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`,
  };
}
