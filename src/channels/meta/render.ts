import { inUnits, shorten as shortenBy } from "../shorten.ts";

/** A text cut to `limit` UTF-16 units: Meta doesn't document how it counts "characters", and units are the strictest count. */
export function shorten(text: string, limit: number): string {
  return shortenBy(text, limit, inUnits);
}
