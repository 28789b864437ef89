import type { Random } from "../../src/runtime/random.ts";

/** Randomness that repeats: the same seed gives the same numbers and ids. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  let ids = 0;
  // mulberry32: 32 bits of state are plenty for a test run.
  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  return {
    fraction,
    // Growing, as the real ones are: order of making is order of sorting.
    id: (prefix) => `${prefix}_${(++ids).toString(16).padStart(24, "0")}${seed.toString(16).padStart(8, "0")}`,
  };
}
