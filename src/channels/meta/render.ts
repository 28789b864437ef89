import { inUnits, shorten } from "../shorten.ts";

/** A text cut to `limit` UTF-16 units: Meta doesn't document how it counts "characters", and units are the strictest count. */
export function shortenToUnits(text: string, limit: number): string {
  return shorten(text, limit, inUnits);
}
