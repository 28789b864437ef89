import { v7 as uuidv7 } from "uuid";

/** Chance, as a seam: with a seeded one a run can be repeated to the byte. */
export interface Chance {
  /** 0 ≤ x < 1. */
  random(): number;
  /** `<prefix>_` and 32 hexadecimal digits. Later ids of one process sort after earlier ones. */
  id(prefix: string): string;
}

export function systemChance(): Chance {
  return {
    random: Math.random,
    // Version 7: time first, so that new rows land at the end of an index and not all over it.
    id: (prefix) => `${prefix}_${uuidv7().replaceAll("-", "")}`,
  };
}
