import type { InboundEvent } from "../../core/event.ts";
import type { IngestPolicy, IngestResult } from "../store.ts";
import type { Context } from "./ops/context.ts";

export interface Arrival {
  readonly event: InboundEvent;
  readonly policy: IngestPolicy;
}

/** What came of each: `null` where it must be taken in alone. */
export type GroupIngest = (arrivals: readonly Arrival[]) => Promise<readonly (IngestResult | null)[]>;

export function prepareGroupIngest(_context: Context): GroupIngest {
  return async (arrivals) => arrivals.map(() => null);
}
