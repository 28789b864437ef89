import type { Clock } from "../../../runtime/clock.ts";
import type { Transport } from "../../transport.ts";
import type { AccessTokens } from "../api/tokens.ts";
import type { ResolvedLineOptions } from "../config.ts";

/** What a look at one LINE channel works with. */
export interface LineDiagnostics {
  readonly transport: Transport;
  readonly tokens: AccessTokens;
  readonly options: Pick<ResolvedLineOptions, "account" | "botUserId" | "access" | "pushReserve" | "apiBaseUrl">;
  /** What is left of the month's paid messages; `null`: no limit. */
  readonly left: () => Promise<number | null>;
  readonly clock: Clock;
}
