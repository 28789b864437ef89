import type { Prng } from "../../../src/channels/simulation/fixtures/seeds.ts";
import { seededRandom } from "../seeded-random.ts";

export type { Prng };

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
