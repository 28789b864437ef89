/** Lines of the event feed that are written to a client together. */
import type { Clock } from "../../runtime/clock.ts";

/** Lines wait so long (ms) for one another: a write to the socket for each cost a busy gateway more than the line did. */
export const BATCH_MS = 50;

const counts = new WeakMap<Uint8Array, number>();

/** How many lines a chunk holds; one that no batch has written counts as one. */
export function linesIn(chunk: Uint8Array): number {
  return counts.get(chunk) ?? 1;
}

interface LineBatch {
  /** How many lines wait. */
  count(): number;
  add(line: Uint8Array): void;
  /** Writes what waits, at once. */
  flush(): void;
  /** Forgets what waits. */
  drop(): void;
}

export function createLineBatch(clock: Clock, write: (chunk: Uint8Array) => void): LineBatch {
  let waiting: Uint8Array[] = [];
  let cancel = () => {};
  const take = () => {
    cancel();
    const lines = waiting;
    waiting = [];
    return lines;
  };
  const flush = () => {
    const lines = take();
    if (lines.length === 0) return;
    const chunk = Buffer.concat(lines);
    counts.set(chunk, lines.length);
    write(chunk);
  };
  return {
    count: () => waiting.length,
    add(line) {
      if (waiting.push(line) === 1) cancel = clock.after(BATCH_MS, flush);
    },
    flush,
    drop: () => void take(),
  };
}
