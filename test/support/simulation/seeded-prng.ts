import { seededRandom } from "../seeded-random.ts";

/** Draws of one seed. Each part of a run has a stream of its own, so that one more draw here changes nothing there. */
export interface Prng {
  happens(probability: number): boolean;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

export function createPrng(seed: number, stream: string): Prng {
  let mixed = seed >>> 0;
  for (const letter of stream) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  const { fraction } = seededRandom(mixed);
  const between = (least: number, most: number) => least + Math.floor(fraction() * (most - least + 1));
  return {
    happens: (probability) => fraction() < probability,
    between,
    pick: (list) => list[between(0, list.length - 1)] ?? list[0],
  };
}
