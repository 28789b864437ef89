import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Traces } from "./traces.ts";

export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly traces: Traces;
}
