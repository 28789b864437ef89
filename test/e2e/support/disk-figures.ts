/** What a disk test found, as a line of its own, for `npm run durability` to read. Told before anything is asserted. */
import type { Somebody } from "./world.ts";

export interface DiskFigures {
  readonly what: string;
  /** Webhooks or messages that were answered 200. */
  readonly acked: number;
  /** Syncs of the log that succeeded meanwhile. */
  readonly fsyncs?: number;
  /** Acks that left before their own write was synced. */
  readonly early?: number;
  /** Webhooks that were told 503. */
  readonly refused?: number;
  /** Acked, and its person doesn't have the answer; or it isn't in the file. */
  readonly lost?: number;
  /** Answers that somebody has more than once. */
  readonly doubled?: number;
}

export function tell(figures: DiskFigures): void {
  // Not the console: the runner keeps what a passing test says there to itself.
  process.stdout.write(`DISK ${JSON.stringify(figures)}\n`);
}

/** What became of the answers that each person should have once. */
export function outcomes(wanted: readonly (readonly [Somebody, string])[]): { lost: number; doubled: number } {
  const copies = wanted.map(([person, text]) => person.texts().filter((seen) => seen === text).length);
  return {
    lost: copies.filter((count) => count === 0).length,
    doubled: copies.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
  };
}
