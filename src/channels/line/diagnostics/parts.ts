import type { Clock } from "../../../runtime/clock.ts";
import type { Transport } from "../../transport.ts";
import type { AccessTokens } from "../api/tokens.ts";
import type { ResolvedLineOptions } from "../config.ts";

export interface LineDiagnostics {
  readonly transport: Transport;
  readonly tokens: AccessTokens;
  readonly options: Pick<ResolvedLineOptions, "account" | "botUserId" | "access" | "pushReserve" | "apiBaseUrl">;
  /** Rest of the monthly quota; `null`: no limit. */
  readonly left: () => Promise<number | null>;
  readonly clock: Clock;
}
