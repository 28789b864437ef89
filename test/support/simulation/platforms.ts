/** The channels that a seed draws from: those of the list, each by its own `fixtures/seeds.ts`. */
import { CHANNELS } from "../../../src/channels/index.ts";
import type { SeedsOf } from "../../../src/channels/simulation/fixtures/seeds.ts";
import { createPrng } from "./seeded-prng.ts";

const load = async (name: string): Promise<SeedsOf> => {
  const url = new URL(`../../../src/channels/${name}/fixtures/seeds.ts`, import.meta.url);
  return ((await import(url.href)) as { seeds: SeedsOf }).seeds;
};

export const PLATFORMS: readonly SeedsOf[] = await Promise.all(Object.keys(CHANNELS).map(load));

/** LINE has most routes: its seeds are half of all, and the others share the rest. */
const FIRST = "line";

/** The channel that a seed is about. */
export function platformOf(seed: number): SeedsOf {
  const draw = createPrng(seed, "platform");
  const others = PLATFORMS.filter(({ name }) => name !== FIRST);
  const [other] = others;
  if (other === undefined || draw.happens(0.5)) return platformNamed(FIRST);
  return draw.pick([other, ...others.slice(1)]);
}

export function platformNamed(name: string): SeedsOf {
  const found = PLATFORMS.find((platform) => platform.name === name);
  if (found === undefined) {
    throw new Error(`read ${JSON.stringify(name)}; allowed: ${PLATFORMS.map((platform) => platform.name).join(", ")}`);
  }
  return found;
}
