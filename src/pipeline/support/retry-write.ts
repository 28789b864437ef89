import { retryWhileUnavailable } from "../../runtime/retry-while-unavailable.ts";
import type { Deps } from "../deps.ts";

/** Retries a write that must not be dropped while the store is unavailable. */
export function retryWrite<T>(
  { clock, stopping, report }: Pick<Deps, "clock" | "stopping" | "report">,
  write: () => Promise<T>,
): Promise<T> {
  return retryWhileUnavailable(write, { clock, stopping, onUnavailable: report.writeDelayed });
}
