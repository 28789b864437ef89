/** G5: a turn is ready in time, as far as anybody was there to look. */
import type { Wait } from "./commit-recorder.ts";

export interface WaitInvariant {
  readonly maxWaitMs: number;
  /** Work that takes several rounds of the event loop may be done at the next timer only. */
  readonly graceMs: number;
  /** Watched time at the end of the run. */
  readonly endMs: number;
}

export function waitedTooLong(waits: Iterable<Wait>, { maxWaitMs, graceMs, endMs }: WaitInvariant): string[] {
  return [...waits].flatMap(({ turnId, openedAtMs, endedAtMs }) => {
    const waitedMs = (endedAtMs ?? endMs) - openedAtMs;
    if (waitedMs <= maxWaitMs + graceMs) return [];
    const end = endedAtMs === null ? "and is not ready yet" : "until it was ready";
    return [`G5: ${turnId} waited ${waitedMs} ms ${end}, and ${maxWaitMs} ms is the most`];
  });
}
