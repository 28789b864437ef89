import { untilAvailable } from "../../runtime/until-available.ts";
import type { Deps } from "../deps.ts";

/** A write that must not be forgotten, tried again while the store is away. */
export function retryWrite<T>(
  { clock, stopping, report }: Pick<Deps, "clock" | "stopping" | "report">,
  write: () => Promise<T>,
): Promise<T> {
  return untilAvailable(write, { clock, stopping, onUnavailable: report.writeDelayed });
}
