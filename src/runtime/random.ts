import { randomFillSync } from "node:crypto";
import { v7 as uuidv7 } from "uuid";

/** Randomness, injected: with a seeded one a run can be repeated to the byte. */
export interface Random {
  /** 0 ≤ x < 1. */
  fraction(): number;
  /** `<prefix>_` and 32 hexadecimal digits. Ids of a later millisecond sort after earlier ones. */
  id(prefix: string): string;
}

const UUID_BYTES = 16;

export function systemRandom(): Random {
  // Buffered: a system call for 16 bytes costs as much as one for 8 000.
  const pool = new Uint8Array(512 * UUID_BYTES);
  let used = pool.length;

  function randomBytes(): Uint8Array {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += UUID_BYTES;
    return pool.slice(used - UUID_BYTES, used);
  }

  return {
    fraction: Math.random,
    // UUID version 7: time first, so that new rows are appended to an index.
    id: (prefix) => `${prefix}_${uuidv7({ random: randomBytes() }).replaceAll("-", "")}`,
  };
}
