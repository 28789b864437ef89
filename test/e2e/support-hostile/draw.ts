import type { Random } from "../../../src/runtime/random.ts";
import type { Act } from "./wire.ts";

/** What a maker has to draw from. */
export interface Draw {
  /** 0 ≤ x < `below`, whole. */
  number(below: number): number;
  one<T>(list: readonly T[]): T;
  text(length: number): string;
  /** The channel secret: also of the hostile, some of whom have seen a signed webhook. */
  readonly secret: string;
}

export type Maker = (draw: Draw) => { readonly what: string; readonly act: Act };

export function drawFrom(random: Random, secret: string): Draw {
  const number = (below: number) => Math.floor(random.fraction() * below);
  const one = <T>(list: readonly T[]): T => {
    const drawn = list[number(list.length)];
    if (drawn === undefined) throw new Error("nothing to draw from");
    return drawn;
  };
  const text = (length: number) => Array.from({ length }, () => number(36).toString(36)).join("");
  return { number, one, text, secret };
}
