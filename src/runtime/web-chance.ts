import type { Chance } from "./chance.ts";

/** Chance by web standards alone, for what also runs in a browser. */
export function webChance(): Chance {
  return {
    random: () => Math.random(),
    id: (prefix) => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`,
  };
}
