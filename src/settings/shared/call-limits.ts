import { milliseconds } from "../kinds.ts";
import { setting } from "../setting.ts";

/** Time limits of one platform call. */
export const CALL_LIMITS = {
  sendTimeoutMs: setting(milliseconds(100, 300_000), { default: 10_000, meaning: "time limit of one platform call" }),
  connectTimeoutMs: setting(milliseconds(100, 60_000), {
    default: 3_000,
    meaning: "time limit for opening a connection to a platform, TLS included",
  }),
} as const;
