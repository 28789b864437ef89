import type { Clock } from "./clock.ts";

/** Rate limit of log lines that any client can cause: this many of one kind are written … */
const LINES = 10;
/** … in this time (ms); then one line says how many more there were. */
const WINDOW_MS = 10_000;
/** Kinds that are counted at a time; lines of further kinds are dropped uncounted, because clients choose the paths. */
const KINDS_MAX = 1_000;

interface Window {
  written: number;
  leftOut: number;
  readonly cancel: () => void;
}

/** Lets the first lines of a kind through and counts the rest. */
interface LogLimit {
  /** Whether the line is to be written. `report` is called at the end of the window with how many were not, if any. */
  admits(kind: string, report: (more: number) => void): boolean;
  /** Reports what was counted so far. */
  close(): void;
}

export function createLogLimit(clock: Clock): LogLimit {
  const windows = new Map<string, Window & { readonly report: (more: number) => void }>();

  function end(kind: string): void {
    const window = windows.get(kind);
    windows.delete(kind);
    window?.cancel();
    if (window !== undefined && window.leftOut > 0) window.report(window.leftOut);
  }

  return {
    admits(kind, report) {
      const window = windows.get(kind);
      if (window === undefined) {
        if (windows.size >= KINDS_MAX) return false;
        const cancel = clock.after(WINDOW_MS, () => end(kind));
        windows.set(kind, { written: 1, leftOut: 0, cancel, report });
        return true;
      }
      if (window.written < LINES) {
        window.written += 1;
        return true;
      }
      window.leftOut += 1;
      return false;
    },
    close() {
      for (const kind of [...windows.keys()]) end(kind);
    },
  };
}
