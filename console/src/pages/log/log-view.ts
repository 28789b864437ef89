/** What the log shows of the lines that there are: pure, so that it is tested without a browser. */
import type { FeedEntryWire } from "../../../../src/http/admin/wire.ts";

export const LOG_LEVELS = ["info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function isLogLevel(value: unknown): value is LogLevel {
  return LOG_LEVELS.some((level) => level === value);
}

/** From the least. */
const ORDER: readonly FeedEntryWire["level"][] = ["info", "warn", "error", "fatal"];

/** Lines of that level and graver ones. */
export function linesOf(lines: readonly FeedEntryWire[], level: LogLevel): readonly FeedEntryWire[] {
  if (level === "info") return lines;
  return lines.filter((line) => ORDER.indexOf(line.level) >= ORDER.indexOf(level));
}

/** How many of `lines` came after the newest of `held`, which is what somebody reads while more comes. */
export function countNew(lines: readonly FeedEntryWire[], held: readonly FeedEntryWire[]): number {
  const newest = held.at(-1);
  if (newest === undefined) return lines.length;
  const at = lines.findLastIndex(({ id }) => id === newest.id);
  // It is gone from the list already: all of them are newer.
  return lines.length - 1 - at;
}

/** The fields of a line in one row of text, for a list. */
export function fieldsText({ fields }: FeedEntryWire): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
}
